import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

/** The text that a difference makes of another, by what it says of each line. */
function applied(before: string, difference: string): string {
  const lines = before.split('\n');
  const result: string[] = [];
  let at = 0;
  for (const line of difference.split('\n').slice(0, -1)) {
    const head = /^@@ -(\d+)(?:,(\d+))? /.exec(line);
    if (head) {
      const start = Number(head[1]) - (head[2] === '0' ? 0 : 1);
      while (at < start) result.push(lines[at++] ?? '');
    } else if (line.startsWith('+')) result.push(line.slice(1));
    else if (line.startsWith('-')) at++;
    else result.push(lines[at++] ?? '');
  }
  return [...result, ...lines.slice(at)].join('\n');
}

describe('a unified difference', () => {
  it('shows three lines around what changed', () => {
    expect(unifiedDiff('a\nb\nc\nd\ne\nf\ng\nh\ni', 'a\nb\nc\nd\nE\nf\ng\nh\ni')).toBe(
      '@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n',
    );
  });

  it('has a part for each place that changed, one for places that are near', () => {
    const before = Array.from({ length: 20 }, (_, index) => String(index));
    const far = before.map((line) => (line === '1' || line === '18' ? 'x' : line));
    const near = before.map((line) => (line === '6' || line === '10' ? 'x' : line));
    expect(unifiedDiff(before.join('\n'), far.join('\n')).match(/@@ .*/g)).toEqual([
      '@@ -1,5 +1,5 @@',
      '@@ -16,5 +16,5 @@',
    ]);
    expect(unifiedDiff(before.join('\n'), near.join('\n')).match(/@@ .*/g)).toEqual(['@@ -4,11 +4,11 @@']);
  });

  it('says nothing of what is the same', () => {
    expect(unifiedDiff('a\nb', 'a\nb')).toBe('');
  });

  it('takes long texts that differ much to differ in all lines', () => {
    const text = (mark: string) =>
      Array.from({ length: 1_500 }, (_, line) => (line % 2 ? '' : `${mark}${line}`)).join('\n');
    const [before, after] = [text('a'), text('b')];
    expect(applied(before, unifiedDiff(before, after))).toBe(after);
  });

  it('makes the second text of the first', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 })
      .map((all) => all.join('\n'));
    fc.assert(fc.property(text, text, (before, after) => applied(before, unifiedDiff(before, after)) === after));
  });
});
