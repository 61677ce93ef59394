import type { ProbeRecord } from '../../../lib/signals/records.ts';

/** Long enough to recognise an answer, short enough for one line of a terminal. */
const MAX_QUOTED = 120;

/** `503 "db: connection refused"`, `"timeout after 1 s"`: the answer of a probe on one line. */
export function quoted(output: string): string {
  const line = oneLine(output);
  const match = /^(\d{3})[\s:]+(.+)$/.exec(line);
  if (match) return `${match[1]} ${inQuotes(match[2] ?? '')}`;
  return /^\d{3}$/.test(line) ? line : line === '' ? 'no answer' : inQuotes(line);
}

/** What has quotes of its own is readable without more of them. */
function inQuotes(text: string): string {
  return text.includes('"') ? text : `"${text}"`;
}

/** `readiness of hello-7c9f8-2xk4p: 503 "db: connection refused" (8 in a row, threshold 3)`. */
export function probeSentence(record: ProbeRecord): string {
  return `${record.probe} of ${record.pod}: ${quoted(record.output)} (${record.run} in a row, threshold ${record.threshold})`;
}

export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED - 1)}…` : line;
}

/** `3 crashes`, `1 crash`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
