/** `metav1.Time` as the API writes it: RFC 3339, whole seconds. */
export function kubeTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

/** `metav1.MicroTime`, for Leases and Events: RFC 3339 with microseconds. */
export function kubeMicroTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 23)}000Z`;
}
