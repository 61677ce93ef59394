/** Completion indexes as the status writes them: `1,3-5,7`. */
export function parseIndexes(text: string | undefined, limit: number): Set<number> {
  const found = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!match) continue;
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? first), limit - 1);
    for (let index = first; index <= last; index++) found.add(index);
  }
  return found;
}

/** The inverse of `parseIndexes`; runs of three or more are written as ranges, as upstream does. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length;) {
    let end = at;
    while (end + 1 < sorted.length && (sorted[end + 1] ?? 0) === (sorted[end] ?? 0) + 1) end++;
    const [first = 0, last = 0] = [sorted[at], sorted[end]];
    if (end === at) parts.push(String(first));
    else if (end === at + 1) parts.push(String(first), String(last));
    else parts.push(`${first}-${last}`);
    at = end + 1;
  }
  return parts.join(',');
}
