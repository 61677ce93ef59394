import { badRequest } from '../../../lib/kube/status-errors.ts';

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const part = /^(\d+\.?\d*|\.\d+)([^\d.]*)/;

/** How long a client means to wait (`timeout=10s`), at most `maxMs`, which is also for who does not say. Throws 400 for what is no duration. */
export function requestTimeoutMs(query: URLSearchParams, maxMs: number): number {
  const text = query.size === 0 ? null : query.get('timeout');
  if (!text) return maxMs;
  const asked = durationMs(text);
  return asked > 0 ? Math.min(asked, maxMs) : maxMs;
}

/** A duration as Go writes it: `1m30s`, `-1.5h`, `0`. */
function durationMs(text: string): number {
  const refuse = (problem: string) =>
    badRequest(`invalid timeout specified in the request URL - time: ${problem} ${JSON.stringify(text)}`);
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[-+]/, '');
  if (rest === '0') return 0;
  if (rest === '') throw refuse('invalid duration');
  let total = 0;
  while (rest !== '') {
    const [whole, amount, unit = ''] = part.exec(rest) ?? [];
    if (whole === undefined) throw refuse('invalid duration');
    if (unit === '') throw refuse('missing unit in duration');
    const each = unitMs[unit];
    if (each === undefined) throw refuse(`unknown unit ${JSON.stringify(unit)} in duration`);
    total += Number(amount) * each;
    rest = rest.slice(whole.length);
  }
  return sign * total;
}
