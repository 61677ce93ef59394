import { expect, test } from 'vitest';
import type { TerminationRecord } from '../../lib/signals/records.ts';
import { SignalLog } from './signal-log.ts';

const signal = (exitCode: number): TerminationRecord => ({
  type: 'termination',
  time: '2026-01-02T03:04:05Z',
  namespace: 'default',
  pod: 'a-pod',
  podUid: 'uid-1',
  container: 'main',
  node: 'node-1',
  workload: { kind: 'Pod', name: 'a-pod' },
  restartCount: 0,
  startedAt: '2026-01-02T03:04:05Z',
  exitCode,
  reason: 'Error',
  message: '',
  lastLines: [],
});

test('signals are numbered from 1, kept for readers and handed to the records', () => {
  const written: string[] = [];
  const log = new SignalLog({ append: (dataset) => written.push(dataset) }, 'test');
  for (let at = 1; at <= 5; at++) log.append(signal(at));
  expect(log.after(0, 2).map(({ seq }) => seq)).toEqual([1, 2]);
  expect(log.after(3, 10).map(({ seq }) => seq)).toEqual([4, 5]);
  expect(log.after(5, 10)).toEqual([]);
  expect(log.after(99, 10)).toEqual([]);
  expect(written).toEqual(Array.from({ length: 5 }, () => 'terminations'));
  expect(new Set(log.after(0, 10).map(({ epoch }) => epoch)).size).toBe(1);
});

test('the oldest are forgotten, ten thousand are kept, in order and without gap', () => {
  const log = new SignalLog({ append: () => {} }, 'test');
  for (let at = 1; at <= 25_000; at++) {
    log.append(signal(at));
    if (at % 1_237 !== 0) continue;
    const kept = log.after(0, 100_000);
    expect(kept.length).toBe(Math.min(at, 10_000));
    expect(kept[0]?.seq).toBe(Math.max(1, at - 9_999));
    expect(kept.at(-1)?.seq).toBe(at);
  }
});

test('a reader is woken by each signal until it leaves', () => {
  const log = new SignalLog({ append: () => {} }, 'test');
  let woken = 0;
  const leave = log.onAppend(() => woken++);
  log.append(signal(1));
  leave();
  log.append(signal(2));
  expect(woken).toBe(1);
});
