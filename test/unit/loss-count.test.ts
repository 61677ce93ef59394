import { expect, test } from 'vitest';
import { isClean, LossCounter, numberedLine, type Written } from '../support/logs/loss/loss-count.ts';

const counted = (messages: readonly string[], written: readonly Written[]) => {
  const counter = new LossCounter();
  for (const message of messages) counter.add(message, 'stdout');
  return counter.result(written);
};
const whole = [0, 1, 2].map((n) => numberedLine(0, n));

test('every line once and in order is clean', () => {
  const count = counted([...whole, numberedLine(1, 0, 'payload with end in it')], [{ lines: 3 }, { lines: 1 }]);
  expect(count).toEqual({ expected: 4, missing: 0, twice: 0, split: 0, misordered: 0 });
  expect(isClean(count)).toBe(true);
});

test.each([
  ['a line that is not there', [whole[0], whole[2]], { missing: 1 }],
  ['a line that is there twice', [whole[0], whole[1], whole[1], whole[2]], { twice: 1 }],
  ['a line behind a later one', [whole[0], whole[2], whole[1]], { misordered: 1 }],
  ['a line in two pieces', [whole[0], whole[1], 'seq w0 n', '2 end'], { missing: 1, split: 2 }],
  ['two lines in one', [whole[0], `${whole[1]}\n${whole[2]}`], { missing: 2, split: 1 }],
  ['a line that nobody wrote', [...whole, numberedLine(0, 3)], { split: 1 }],
  ['a writer that does not exist', [...whole, numberedLine(7, 0)], { split: 1 }],
  ['nothing at all', [], { missing: 3 }],
])('%s is counted', (_name, messages, found) => {
  const count = counted(messages as string[], [{ lines: 3 }]);
  expect(count).toEqual({ expected: 3, missing: 0, twice: 0, split: 0, misordered: 0, ...found });
  expect(isClean(count)).toBe(false);
});

test('streams have an order each', () => {
  const counter = new LossCounter();
  counter.add(numberedLine(0, 1), 'stderr');
  counter.add(numberedLine(0, 0), 'stdout');
  expect(counter.result([{ lines: 2 }]).misordered).toBe(0);
});

test('a writer that was killed may have written one more than it counted', () => {
  expect(isClean(counted(whole, [{ lines: 2, maybeOneMore: true }]))).toBe(true);
  expect(counted(whole, [{ lines: 1, maybeOneMore: true }]).split).toBe(1);
});

test('of lines that did not reach the engine none is missed', () => {
  const count = counted([whole[0], whole[2]] as string[], [{ lines: 3, only: new Set([0, 2]) }]);
  expect(count).toEqual({ expected: 2, missing: 0, twice: 0, split: 0, misordered: 0 });
  expect(counted([whole[0]] as string[], [{ lines: 3, only: new Set([0, 2]) }]).missing).toBe(1);
});
