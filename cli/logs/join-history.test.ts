import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rotationOf } from '../../lib/log-position.ts';
import { joinHistory } from './join-history.ts';
import { Ledger } from './ledger.ts';
import { compareTimes, lineOfHit, type LogLine } from './log-line.ts';

/** The nth line of a container: lines are a second apart, ten to a file. */
function line(containerId: string, n: number, fields: Partial<LogLine> = {}): LogLine {
  const rotation = rotationOf(1_700_000_000_000_000_000n + BigInt(Math.floor(n / 10)) * 1_000_000_000n);
  return {
    containerId,
    position: { rotation, offset: (n % 10) * 100 },
    time: new Date(1_700_000_000_000 + n * 1000).toISOString(),
    stream: 'stdout',
    message: `${containerId} ${n}`,
    namespace: 'default',
    pod: 'p',
    podUid: 'u',
    container: 'c',
    restartCount: 0,
    node: 'n',
    ...fields,
  };
}

describe('history joined from nodes and store', () => {
  test('every line comes exactly once and in order, wherever the two overlap', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.nat(40), fc.array(fc.nat(40)), (total, nodeFrom, storeTo, holes) => {
        const from = Math.min(nodeFrom, total);
        const to = Math.max(Math.min(storeTo, total), from);
        const all = Array.from({ length: total }, (_, n) => line('a', n));
        // A bulk in flight may leave holes in the store, but only where the node still has the lines.
        const stored = all.slice(0, to).filter((_, n) => n < from || !holes.includes(n));
        expect(joinHistory(all.slice(from), stored.reverse()).map((l) => l.message)).toEqual(all.map((l) => l.message));
      }),
    );
  });

  test('containers are merged by time, each in its own order even when the clock stepped back', () => {
    const stepped = [line('a', 5), line('a', 6, { time: new Date(1_700_000_000_000).toISOString() })];
    const joined = joinHistory([...stepped, line('b', 1), line('b', 9)], []);
    expect(joined.map((l) => l.message)).toEqual(['b 1', 'a 5', 'a 6', 'b 9']);
  });

  test('lines of a container that no node knows any more come from the store', () => {
    expect(joinHistory([line('b', 3)], [line('gone', 1)]).map((l) => l.message)).toEqual(['gone 1', 'b 3']);
  });
});

describe('the ledger of printed lines', () => {
  test('admits each line once, also across a rotation', () => {
    const ledger = new Ledger();
    const sent = [0, 1, 1, 9, 10, 9, 11, 10].map((n) => line('a', n));
    expect(sent.filter((l) => ledger.admit(l)).map((l) => l.message)).toEqual(['a 0', 'a 1', 'a 9', 'a 10', 'a 11']);
    expect(ledger.lastOf('a')).toEqual(line('a', 11).position);
  });
});

describe('times', () => {
  test.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000001Z', -1],
    ['2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.500000000Z', 0],
    ['2026-01-01T00:00:00.51Z', '2026-01-01T00:00:00.509Z', 1],
    ['2026-01-01T00:00:10Z', '2026-01-01T00:00:10.000Z', 0],
  ])('%s compared with %s is %i', (a, b, expected) => {
    expect(compareTimes(a, b)).toBe(expected);
  });
});

test('a stored document is a line when its id holds a position', () => {
  const hit = { ...line('0123456789abcdef01', 3), id: '0123456789abcdef-abc-2s' };
  expect(lineOfHit(hit)?.position).toEqual({ rotation: 'abc', offset: 100 });
  expect(lineOfHit({ ...hit, id: 'x' })).toBeUndefined();
});
