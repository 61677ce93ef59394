/** Lines that are shown around what changed. */
const CONTEXT = 3;
/** Texts that differ in more lines than these are taken to differ in all: comparing takes the product of both. */
const MAX_COMPARED_LINES = 1_000;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** What became of a text, in the unified format without a heading: `@@ -1,4 +1,3 @@`, then lines that begin with a space, `-` or `+`. Empty when nothing did. */
export function unifiedDiff(before: string, after: string): string {
  const lines = editScript(before.split('\n'), after.split('\n'));
  return hunksOf(lines)
    .map(([from, to]) => hunkText(lines, from, to))
    .join('');
}

function editScript(before: readonly string[], after: readonly string[]): readonly Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let kept = 0;
  while (kept < Math.min(before.length, after.length) - start && before.at(-1 - kept) === after.at(-1 - kept)) kept++;
  const same = (text: string): Line => ({ mark: ' ', text });
  return [
    ...before.slice(0, start).map(same),
    ...changedLines(before.slice(start, before.length - kept), after.slice(start, after.length - kept)),
    ...before.slice(before.length - kept).map(same),
  ];
}

/** By the longest common subsequence. */
function changedLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  const isLong = before.length > MAX_COMPARED_LINES || after.length > MAX_COMPARED_LINES;
  const common = isLong ? () => 0 : commonLengths(before, after);
  const lines: Line[] = [];
  let [at, to] = [0, 0];
  while (at < before.length || to < after.length) {
    const [removed, added] = [before[at], after[to]];
    if (!isLong && removed !== undefined && removed === added) {
      lines.push({ mark: ' ', text: removed });
      at++;
      to++;
    } else if (removed !== undefined && common(at + 1, to) >= common(at, to + 1)) {
      lines.push({ mark: '-', text: removed });
      at++;
    } else {
      lines.push(added === undefined ? { mark: '-', text: removed ?? '' } : { mark: '+', text: added });
      if (added === undefined) at++;
      else to++;
    }
  }
  return lines;
}

/** How many lines both have in common from a place in each on. */
function commonLengths(before: readonly string[], after: readonly string[]): (at: number, to: number) => number {
  const width = after.length + 1;
  const lengths = new Uint16Array((before.length + 1) * width);
  const length = (at: number, to: number) => lengths[at * width + to] ?? 0;
  for (let at = before.length - 1; at >= 0; at--) {
    for (let to = after.length - 1; to >= 0; to--) {
      const isSame = before[at] === after[to];
      lengths[at * width + to] = isSame ? length(at + 1, to + 1) + 1 : Math.max(length(at + 1, to), length(at, to + 1));
    }
  }
  return length;
}

/** From which line to which (exclusive): changes with what is around them, those that touch one another together. */
function hunksOf(lines: readonly Line[]): readonly (readonly [number, number])[] {
  const hunks: [number, number][] = [];
  for (const [index, { mark }] of lines.entries()) {
    if (mark === ' ') continue;
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(lines.length, index + 1 + CONTEXT)];
    const last = hunks.at(-1);
    if (last && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}

function hunkText(lines: readonly Line[], from: number, to: number): string {
  const range = (without: '-' | '+') => {
    const count = (part: readonly Line[]) => part.filter(({ mark }) => mark !== without).length;
    const [before, length] = [count(lines.slice(0, from)), count(lines.slice(from, to))];
    const start = length === 0 ? before : before + 1;
    return length === 1 ? String(start) : `${start},${length}`;
  };
  const body = lines.slice(from, to).map(({ mark, text }) => `${mark}${text}\n`);
  return `@@ -${range('+')} +${range('-')} @@\n${body.join('')}`;
}
