import { describe, expect, test } from 'vitest';
import type { ProbePoint } from '../../lib/health-api.ts';
import { parseResourceArguments } from '../resource-argument.ts';
import { painter } from './colour.ts';
import { probeStrip } from './probe-strip.ts';
import { table } from './table.ts';

const plain = painter({ isTTY: false }, {});

function record(outcome: ProbePoint['outcome'], latencyMs: number): Pick<ProbePoint, 'outcome' | 'latencyMs'> {
  return { outcome, latencyMs };
}

describe('tables', () => {
  test('align their columns and end without blanks', () => {
    expect(
      table(
        ['NAME', 'READY'],
        [
          ['a-long-name', '1/1'],
          ['b', ''],
        ],
      ),
    ).toBe('NAME          READY\na-long-name   1/1\nb');
  });

  test('lose columns from the right on a narrow terminal, but not the first two', () => {
    expect(table(['A', 'B', 'C'], [['aaaa', 'bbbb', 'cccc']], 12)).toBe('A      B\naaaa   bbbb');
    expect(table(['A', 'B', 'C'], [['aaaa', 'bbbb', 'cccc']], 3)).toBe('A      B\naaaa   bbbb');
  });
});

describe('a probe strip', () => {
  test('shows failures low, latency as height and the unknown as a dot', () => {
    expect(
      probeStrip([record('success', 1), record('success', 10), record('failure', 1), record('unknown', 0)], plain),
    ).toBe('▄█▁·');
  });
});

describe('resource arguments', () => {
  test.each([
    [['po'], [['pods', []]]],
    [['pod', 'a', 'b'], [['pods', ['a', 'b']]]],
    [
      ['deploy/a', 'svc/b'],
      [
        ['deployments', ['a']],
        ['services', ['b']],
      ],
    ],
    [
      ['pods,svc'],
      [
        ['pods', []],
        ['services', []],
      ],
    ],
    [['deployments.apps', 'x'], [['deployments', ['x']]]],
  ])('%j names kinds and objects', (words, expected) => {
    expect(parseResourceArguments(words).map((item) => [item.resource.plural, item.names])).toEqual(expected);
  });

  test.each([[[]], [['nonsense']], [['pod/a', 'b']], [['pod/']]])('%j is refused', (words) => {
    expect(() => parseResourceArguments(words)).toThrow();
  });
});
