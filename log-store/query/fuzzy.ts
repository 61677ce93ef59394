import { badRequest } from '../engine/store-error.ts';
import { textOf } from '../text-of.ts';

/** How many changes `fuzziness` allows for a word: `AUTO` none below three characters, one below six, else two; `AUTO:low,high` with other bounds. */
export function editsFor(fuzziness: unknown, word: string): number {
  const text = fuzziness === undefined || fuzziness === null ? 'AUTO' : textOf(fuzziness).toUpperCase();
  const auto = /^AUTO(?::(\d+),(\d+))?$/.exec(text);
  if (auto) {
    const length = Array.from(word).length;
    return length < Number(auto[1] ?? 3) ? 0 : length < Number(auto[2] ?? 6) ? 1 : 2;
  }
  const edits = Number(text);
  if (!(edits >= 0 && edits <= 2)) throw badRequest(`Invalid fuzziness value: [${textOf(fuzziness)}]: 0, 1, 2 or AUTO`);
  return Math.floor(edits);
}

/** Whether one text becomes the other by at most `limit` changes: a character more, less, another, or two neighbours changing places. */
export function withinEdits(a: readonly string[], b: readonly string[], limit: number): boolean {
  if (Math.abs(a.length - b.length) > limit) return false;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return (row[b.length] ?? Infinity) <= limit;
}
