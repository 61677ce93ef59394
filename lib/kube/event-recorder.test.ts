import { describe, expect, it } from 'vitest';
import { FakeClock } from '../clock.ts';
import { silentLog } from '../log.ts';
import { KubeApiError } from './client.ts';
import { EventRecorder } from './event-recorder.ts';
import { FakeKubeClient } from './fake-client.ts';
import { nodes, events, pods } from './resources.ts';
import type { Pod } from './types.ts';

const never = new AbortController().signal;
const pod: Pod = { metadata: { name: 'a', namespace: 'default', uid: 'u1', resourceVersion: '7' } };

async function setUp() {
  const client = new FakeKubeClient();
  const clock = new FakeClock();
  const kept: unknown[] = [];
  const recorder = new EventRecorder({
    client,
    clock,
    log: silentLog,
    component: 'tester',
    host: 'node-1',
    clusterName: 'c',
    records: { append: (dataset, document) => kept.push([dataset, document]) },
  });
  await recorder.start(never);
  const written = async () => (await client.list(events)).items;
  return { client, clock, recorder, kept, written };
}

describe('EventRecorder', () => {
  it('writes an Event about the object, from the component', async () => {
    const { clock, recorder, written } = await setUp();
    recorder.event(
      { resource: pods, object: pod, fieldPath: 'spec.containers{c}' },
      'Warning',
      'Unhealthy',
      'it is ill',
    );
    await clock.advance(1);
    expect(await written()).toMatchObject([
      {
        metadata: { namespace: 'default' },
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Pod',
          name: 'a',
          namespace: 'default',
          uid: 'u1',
          fieldPath: 'spec.containers{c}',
        },
        type: 'Warning',
        reason: 'Unhealthy',
        message: 'it is ill',
        count: 1,
        source: { component: 'tester', host: 'node-1' },
      },
    ]);
  });

  it('counts repetitions instead of writing new Events, and keeps a record of each', async () => {
    const { clock, recorder, written, kept } = await setUp();
    for (let i = 0; i < 3; i++) {
      recorder.event({ resource: pods, object: pod }, 'Normal', 'Pulled', 'again');
      await clock.advance(1_000);
    }
    recorder.event({ resource: pods, object: pod }, 'Normal', 'Pulled', 'another');
    await clock.advance(1);
    const [first, second] = await written();
    expect(first).toMatchObject({ count: 3, message: 'again' });
    expect(Date.parse(String(first?.lastTimestamp)) - Date.parse(String(first?.firstTimestamp))).toBe(2_000);
    expect(second).toMatchObject({ count: 1, message: 'another' });
    expect(kept).toHaveLength(4);
  });

  it('keeps what comes all at once: a few events about each of a thousand nodes', async () => {
    const { clock, recorder, written } = await setUp();
    for (const reason of ['Starting', 'RegisteredNode', 'NodeReady'])
      for (let i = 0; i < 1_000; i++)
        recorder.event({ resource: nodes, object: { metadata: { name: `n${i}` } } }, 'Normal', reason, 'hello');
    await clock.advance(1);
    expect(await written()).toHaveLength(3_000);
  });

  it('writes what repeats while it waits once, with its count and from when to when', async () => {
    const { client, clock, recorder, written } = await setUp();
    const again = (message: string) => recorder.event({ resource: pods, object: pod }, 'Normal', 'Pulled', message);
    client.failNext(new KubeApiError({ code: 503 }));
    client.failNext(new KubeApiError({ code: 503 }));
    again('first');
    await clock.advance(1_000);
    for (let i = 0; i < 4; i++) {
      again('repeated');
      await clock.advance(400);
    }
    again('first');
    expect(await written()).toEqual([]);
    // What waits is counted where it stands, so that nothing is asked about it before it is there.
    await clock.advance(10_000);
    const [first, repeated, ...more] = await written();
    expect(more).toEqual([]);
    expect([first?.message, first?.count, repeated?.message, repeated?.count]).toEqual(['first', 2, 'repeated', 4]);
    expect(Date.parse(String(repeated?.lastTimestamp)) - Date.parse(String(repeated?.firstTimestamp))).toBe(1_000);
    expect(client.calls.filter((call) => call.startsWith('patch'))).toHaveLength(1);
  });

  it('writes anew when the counted Event is gone', async () => {
    const { client, clock, recorder, written } = await setUp();
    recorder.event({ resource: pods, object: pod }, 'Normal', 'Pulled', 'again');
    await clock.advance(1);
    const [first] = await written();
    await client.delete(events, { namespace: 'default', name: first?.metadata.name ?? '' });
    recorder.event({ resource: pods, object: pod }, 'Normal', 'Pulled', 'again');
    await clock.advance(1);
    expect(await written()).toMatchObject([{ count: 2 }]);
  });

  it('puts Events about cluster-scoped objects into the namespace default', async () => {
    const { clock, recorder, written } = await setUp();
    recorder.event({ resource: nodes, object: { metadata: { name: 'n' } } }, 'Normal', 'NodeReady', 'ready');
    await clock.advance(1);
    expect((await written())[0]?.metadata.namespace).toBe('default');
  });

  it('tries again while the API is away and drops what the API refuses', async () => {
    const { client, clock, recorder, written } = await setUp();
    client.failNext();
    client.failNext(new KubeApiError({ code: 503 }));
    recorder.event({ resource: pods, object: pod }, 'Normal', 'A', 'a');
    await clock.advance(10_000);
    expect(await written()).toHaveLength(1);
    client.failNext(new KubeApiError({ code: 403, reason: 'Forbidden' }));
    recorder.event({ resource: pods, object: pod }, 'Normal', 'B', 'b');
    recorder.event({ resource: pods, object: pod }, 'Normal', 'C', 'c');
    await clock.advance(10_000);
    expect((await written()).map(({ reason }) => reason)).toEqual(['A', 'C']);
  });

  it('cuts what is longer than the API takes', async () => {
    const { clock, recorder, written } = await setUp();
    recorder.event({ resource: pods, object: pod }, 'Normal', 'Long', 'x'.repeat(5_000));
    await clock.advance(1);
    expect((await written())[0]?.message).toHaveLength(1_024);
  });

  it('writes what waits when it is stopped', async () => {
    const { recorder, written } = await setUp();
    recorder.event({ resource: pods, object: pod }, 'Normal', 'Last', 'words');
    await recorder.stop(never);
    expect(await written()).toHaveLength(1);
  });
});
