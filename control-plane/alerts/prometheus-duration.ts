/** `90s`, `2m`: whole seconds, in the largest unit that fits. */
export function formatPrometheusDuration(durationMs: number): string {
  const seconds = Math.ceil(durationMs / 1000);
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
