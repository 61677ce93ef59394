import { describe, expect, test } from 'vitest';
import type { CoreEvent } from '../../lib/kube/types.ts';
import { decisionsInEvents } from './decisions-in-events.ts';

const hello = { kind: 'Deployment', name: 'hello' };

function event(reason: string, message: string, over: Partial<CoreEvent> = {}): CoreEvent {
  return {
    metadata: { name: 'e', namespace: 'default' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'hello-a', uid: 'u' },
    reason,
    message,
    lastTimestamp: '2026-01-01T00:00:10Z',
    ...over,
  };
}
const ofHello = () => hello;

describe('decisions that Events still tell of', () => {
  test('come back in order, with who decided and about what', () => {
    const events = [
      event('Replace', 'moved off node-2'),
      event('Scheduled', 'Successfully assigned default/hello-a to node-1', { lastTimestamp: '2026-01-01T00:00:01Z' }),
    ];
    expect(decisionsInEvents(events, ofHello)).toMatchObject([
      { decision: 'Schedule', component: 'scheduler', node: 'node-1', time: '2026-01-01T00:00:01.000Z' },
      { decision: 'Replace', component: 'health', object: { kind: 'Pod', name: 'hello-a', uid: 'u' }, workload: hello },
    ]);
  });

  test('what was told on the pod and on its workload counts once', () => {
    const onWorkload = event('Replace', 'moved off node-2', { involvedObject: { ...hello, namespace: 'default' } });
    const onPod = event('Replace', 'moved off node-2');
    for (const events of [
      [onWorkload, onPod],
      [onPod, onWorkload],
    ]) {
      expect(decisionsInEvents(events, ofHello).map((one) => one.object.kind)).toEqual(['Pod']);
    }
  });

  test('other Events and those of pods that nobody knows are left out', () => {
    expect(decisionsInEvents([event('Pulled', 'image')], ofHello)).toEqual([]);
    expect(decisionsInEvents([event('Replace', 'x')], () => undefined)).toEqual([]);
    expect(decisionsInEvents([event('Replace', 'x', { lastTimestamp: undefined })], ofHello)).toEqual([]);
  });
});
