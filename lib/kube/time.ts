let lastSecond = Number.NaN;
let lastTime = '';

/** `metav1.Time` as the API writes it: RFC 3339, whole seconds. */
export function kubeTime(epochMs: number): string {
  const second = Math.floor(epochMs / 1_000);
  // Nearly all who ask are in the same second; they then also share the text.
  if (second !== lastSecond) {
    lastTime = new Date(second * 1_000).toISOString().replace('.000', '');
    lastSecond = second;
  }
  return lastTime;
}

/** `metav1.MicroTime`, for Leases and Events: RFC 3339 with microseconds. */
export function kubeMicroTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 23)}000Z`;
}
