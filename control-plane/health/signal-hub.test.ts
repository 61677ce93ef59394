import { describe, expect, test } from 'vitest';
import { probe, termination } from '../../test/support/signal-builders.ts';
import { parseSequencedSignal } from './parse-signal.ts';
import { SignalHub, type HubEvent } from './signal-hub.ts';

const hello = 'default/Deployment/hello';

function heard(...signals: readonly Parameters<SignalHub['accept']>[1]['signal'][]): SignalHub {
  const hub = new SignalHub();
  for (const [at, signal] of signals.entries()) hub.accept('node-1', { epoch: 'a', seq: at + 1, signal });
  return hub;
}

describe('what the agents said lately', () => {
  test('the last 60 attempts of a probe are kept, the newest in full', () => {
    const hub = heard(...Array.from({ length: 200 }, (_, at) => probe({ run: at + 1 })));
    const trace = hub.trace('uid-a-pod', 'main', 'readiness');
    expect(trace?.points).toHaveLength(60);
    expect(trace?.points[0]?.run).toBe(141);
    expect(trace?.last.run).toBe(200);
  });

  test('a signal that is sent again after a reconnect is told once; one of a new epoch is new', () => {
    const hub = new SignalHub();
    const seen: HubEvent[] = [];
    hub.subscribe((event) => seen.push(event));
    const first = { epoch: 'a', seq: 1, signal: probe({ run: 1 }) };
    expect(hub.accept('node-1', first)).toBe(true);
    expect(hub.accept('node-1', first)).toBe(false);
    expect(hub.accept('node-1', { ...first, epoch: 'b' })).toBe(true);
    expect(hub.accept('node-2', first)).toBe(true);
    expect(seen).toHaveLength(3);
  });

  test('only attempts that began, ended or changed something belong to the timeline', () => {
    const ok = { outcome: 'success', threshold: 1 } as const;
    const hub = heard(
      probe({ ...ok, run: 1, action: 'became-ready' }),
      probe({ ...ok, run: 2 }),
      probe({ run: 1 }),
      probe({ run: 2 }),
      probe({ run: 3, action: 'became-not-ready' }),
      probe({ run: 4 }),
      probe({ ...ok, run: 1, action: 'became-ready' }),
      probe({ probe: 'liveness', ...ok, run: 1 }),
    );
    expect(hub.transitionsOf(hello).map((record) => `${record.outcome} ${record.run}`)).toEqual([
      'success 1',
      'failure 1',
      'failure 2',
      'failure 3',
      'success 1',
    ]);
  });

  test('terminations are found by workload, by node and by container', () => {
    const hub = heard(
      termination({ restartCount: 1 }),
      termination({ restartCount: 2, pod: 'other', podUid: 'uid-other' }),
    );
    expect(hub.terminationsOf(hello)).toHaveLength(2);
    expect(hub.terminationsOn('node-1')).toHaveLength(2);
    expect(hub.lastTermination('uid-a-pod', 'main')?.restartCount).toBe(1);
  });
});

describe('a line of an agent', () => {
  const line = { epoch: 'a', seq: 1, signal: probe() };

  test('is read with whatever a newer agent adds', () => {
    expect(parseSequencedSignal(JSON.stringify({ ...line, more: 1 }))).toMatchObject(line);
    expect(parseSequencedSignal(JSON.stringify({ ...line, signal: termination() }))).toMatchObject({ seq: 1 });
  });

  test.each<[string, string]>([
    ['no JSON', '{"epoch"'],
    ['no signal', '{"epoch":"a","seq":1}'],
    ['a signal of another type', JSON.stringify({ ...line, signal: { ...probe(), type: 'burst' } })],
    ['a number where a text should be', JSON.stringify({ ...line, signal: { ...probe(), pod: 7 } })],
    ['no time', JSON.stringify({ ...line, signal: { ...probe(), time: 'soon' } })],
    ['no workload', JSON.stringify({ ...line, signal: { ...probe(), workload: null } })],
    ['a termination without lines', JSON.stringify({ ...line, signal: { ...termination(), lastLines: 'x' } })],
  ])('with %s is left out', (_, text) => {
    expect(parseSequencedSignal(text)).toBeUndefined();
  });
});
