import type { Silence } from './alerting-config.ts';

/** The name of the first silence that applies to an alert with these labels now. */
export function silencedBy(
  labels: Readonly<Record<string, string>>,
  silences: readonly Silence[],
  nowMs: number,
): string | undefined {
  const found = silences.find(
    (silence) =>
      (silence.untilMs === undefined || nowMs < silence.untilMs) &&
      Object.entries(silence.matchers).every(([label, pattern]) => matches(labels[label] ?? '', pattern)),
  );
  return found?.name;
}

function matches(value: string, pattern: string): boolean {
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}
