import type { ItemVerdict, Verdict } from '../delivery/verdict.ts';

interface RawItem {
  readonly status?: number;
  readonly error?:
    | { readonly type?: string; readonly reason?: string; readonly caused_by?: { readonly reason?: string } }
    | string;
}

const taken: ItemVerdict = { kind: 'taken' };
const duplicate: ItemVerdict = { kind: 'duplicate' };

/** Judges an answer for a request of `count` items. An answer that does not account for every item is not believed. */
export function judgeBulk(status: number, body: string, count: number): Verdict {
  if (status === 413 || status === 400) return { kind: 'split', status, reason: reasonOf(body) };
  if (status !== 200) return { kind: 'retry', reason: `status ${status}: ${reasonOf(body)}` };
  // The common case is told without parsing a list of thousands of items.
  if (/^\{(?:"took":\d+,)?"errors":false[,}]/.test(body)) return { kind: 'taken' };
  let parsed: { errors?: unknown; items?: unknown };
  try {
    parsed = JSON.parse(body) as typeof parsed;
  } catch {
    return { kind: 'retry', reason: 'the answer is not JSON' };
  }
  if (parsed.errors === false) return { kind: 'taken' };
  if (!Array.isArray(parsed.items) || parsed.items.length !== count) {
    return { kind: 'retry', reason: 'the answer does not account for every item' };
  }
  return {
    kind: 'items',
    items: parsed.items.map((item: Record<string, RawItem>) => judgeItem(Object.values(item)[0] ?? {})),
  };
}

function judgeItem(item: RawItem): ItemVerdict {
  const status = item.status ?? 0;
  if (status >= 200 && status < 300) return taken;
  if (status === 409) return duplicate;
  const error = typeof item.error === 'string' ? { reason: item.error } : item.error;
  const reason = [error?.reason, error?.caused_by?.reason].filter(Boolean).join(': ');
  const type = error?.type ?? 'unknown';
  // Blocks and missing rights (403, 401) and missing indices (404) are somebody's to repair; the line is good.
  if (
    status === 429 ||
    status === 401 ||
    status === 403 ||
    status === 404 ||
    status === 408 ||
    status >= 500 ||
    status === 0
  ) {
    return { kind: 'retry', reason: `${type}: ${reason}` };
  }
  return { kind: 'refused', status, type, reason };
}

function reasonOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as { error?: { reason?: string } | string };
    const reason = typeof parsed.error === 'string' ? parsed.error : parsed.error?.reason;
    if (reason) return reason.slice(0, 500);
  } catch {
    // Not JSON: the beginning of the text will do.
  }
  return body.slice(0, 200);
}
