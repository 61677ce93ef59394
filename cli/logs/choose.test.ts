import { describe, expect, test } from 'vitest';
import type { Pod } from '../../lib/kube/types.ts';
import { parseVerbArguments } from '../command.ts';
import { chooseLines, ContextWindow } from './context-window.ts';
import { lineFilter } from './line-filter.ts';
import { lineOptions, timeRangeOf } from './log-options.ts';
import type { LogLine } from './log-line.ts';
import { previousRun } from './previous-run.ts';

function line(containerId: string, message: string, fields: Partial<LogLine> = {}): LogLine {
  return {
    containerId,
    position: { rotation: 'a', offset: 0 },
    time: '2026-01-01T00:00:00Z',
    stream: 'stdout',
    message,
    namespace: 'default',
    pod: 'p',
    podUid: 'u',
    container: 'c',
    restartCount: 0,
    node: 'n',
    ...fields,
  };
}

describe('lines with their neighbours', () => {
  const choose = (count: number, ...messages: string[]) => {
    const lines = messages.map((message) => line(message[0] ?? '', message));
    const window = new ContextWindow((one) => one.message.endsWith('!'), count);
    return chooseLines(lines, window).map((one) => (one.isContext ? `(${one.line.message})` : one.line.message));
  };

  test('without neighbours are the matches', () => {
    expect(choose(0, 'a1', 'a2!', 'a3', 'a4!')).toEqual(['a2!', 'a4!']);
  });

  test('have those of their own container, each once, in the order of the history', () => {
    expect(choose(1, 'a1', 'b1', 'a2', 'b2', 'a3!', 'b3', 'a4', 'b4', 'a5', 'a6')).toEqual(['(a2)', 'a3!', '(a4)']);
    expect(choose(2, 'a1', 'a2!', 'a3', 'a4', 'a5!', 'a6')).toEqual(['(a1)', 'a2!', '(a3)', '(a4)', 'a5!', '(a6)']);
    expect(choose(1, 'a1', 'a2!', 'a3!', 'a4', 'a5')).toEqual(['(a1)', 'a2!', 'a3!', '(a4)']);
  });
});

describe('the filter of lines', () => {
  const keep = (options: Partial<Parameters<typeof lineFilter>[0]>, message: string, fields: Partial<LogLine> = {}) =>
    lineFilter({ grep: [], exclude: [], ...options })(line('a', message, fields));
  test.each([
    [{ grep: ['a', 'b'] }, 'ab', {}, true],
    [{ grep: ['a', 'b'] }, 'a', {}, false],
    [{ grep: ['(?i)A'] }, 'a', {}, true],
    [{ exclude: ['b'] }, 'ab', {}, false],
    [{ levels: ['error' as const] }, 'an error', {}, false],
    [{ levels: ['error' as const] }, 'x', { level: 'error' }, true],
    [{ stream: 'stderr' }, 'x', {}, false],
    [{ until: '2026-01-01T00:00:00Z' }, 'x', {}, false],
    [{ since: '2026-01-01T00:00:00Z' }, 'x', {}, true],
  ])('%j of %j %j', (options, message, fields, expected) => {
    expect(keep(options, message, fields)).toBe(expected);
  });
});

describe('the run before', () => {
  const pod = (restartCount: number, isWaiting: boolean): Pod => ({
    metadata: { uid: 'u' },
    status: {
      containerStatuses: [
        {
          name: 'c',
          restartCount,
          ready: false,
          image: '',
          imageID: '',
          state: isWaiting ? { waiting: { reason: 'CrashLoopBackOff' } } : { running: {} },
          lastState: { terminated: { exitCode: 1 } },
        },
      ],
    },
  });
  const run = (restartCount: number) => ({ podUid: 'u', container: 'c', restartCount });
  test.each([
    ['of a running container', 1, [pod(3, false)], 2],
    ['two before', 2, [pod(3, false)], 1],
    ['of one that waits to be restarted is its last', 1, [pod(3, true)], 3],
    ['of a pod that is gone is its last', 1, [], 4],
  ])('%s', (_title, back, present, expected) => {
    const runs = [0, 1, 2, 3, 4].map(run);
    expect(runs.filter(previousRun(back, present, runs)).map((one) => one.restartCount)).toEqual([expected]);
  });
});

test('an end before the beginning is refused by the names of both', () => {
  const args = parseVerbArguments({ options: lineOptions }, ['--since', '1m', '--until', '2m']);
  expect(() => timeRangeOf(args, Date.parse('2026-01-01T00:00:00Z'))).toThrow(
    '--until 2m (2025-12-31T23:58:00.000Z) is not after --since 1m (2025-12-31T23:59:00.000Z)',
  );
});
