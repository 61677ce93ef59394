import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemClock } from '../../../lib/clock.ts';
import { HttpKubeClient } from '../../../lib/kube/http-client.ts';
import { startEtcd, type EtcdServer } from '../../servers/etcd.ts';
import { eventually } from '../../support/eventually.ts';
import { checkHistory } from '../../support/history/check-history.ts';
import { HistoryRecorder, listHistory, watchHistory } from '../../support/history/history-recorder.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';

const WRITERS = 6;
const OBJECTS = 4;
const KILLS = 4;
const WRITES_BETWEEN_KILLS = 150;

let etcd: EtcdServer;
let races = 0;
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd.stop());

describe.each([
  { store: 'SQLite', count: 1 },
  { store: 'etcd', count: 1 },
  { store: 'etcd', count: 2 },
])('$count control planes on $store', ({ store, count }) => {
  const planes: ControlPlaneProcess[] = [];
  const clients: HttpKubeClient[] = [];

  beforeAll(async () => {
    const engine =
      store === 'SQLite' ? 'sqlite' : { engine: 'etcd' as const, endpoints: [etcd.url], prefix: `/history-${count}/` };
    for (let i = 0; i < count; i++) {
      const plane = await ControlPlaneProcess.create(engine);
      planes.push(plane);
      await plane.start();
    }
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    for (const plane of planes) await plane.remove();
  });

  async function clientOf(index: number): Promise<HttpKubeClient> {
    const plane = planes[index % planes.length] as ControlPlaneProcess;
    const { cert, key } = await plane.identity('admin');
    const client = new HttpKubeClient({ server: plane.url, ca: plane.ca.cert, cert, key, clock: new SystemClock() });
    clients.push(client);
    return client;
  }

  async function race(color: readonly string[], meanwhile: (recorder: HistoryRecorder) => Promise<void>) {
    const history = `race-${++races}`;
    const { revision } = await listHistory(await clientOf(0), history);
    const end = Promise.withResolvers<number>();
    const watch = async (index: number, selected?: string) =>
      watchHistory(await clientOf(index), history, revision, selected, end.promise);
    const watches = Promise.all([watch(0), watch(1), watch(2)]);
    const selecting = Promise.all(
      color.map(async (one, i) => ({ color: one, events: (await watch(i, one)).flatMap(({ events }) => events) })),
    );
    const recorder = new HistoryRecorder(history, OBJECTS);
    const stop = new AbortController();
    const writers = Promise.all(
      Array.from({ length: WRITERS }, async (_, i) => recorder.write(await clientOf(i), `writer-${i}`, stop.signal)),
    );
    await meanwhile(recorder);
    stop.abort();
    await writers;
    const { revision: last } = await recorder.close(await clientOf(0));
    end.resolve(last);
    const [w1, w2, w3] = await watches;
    const { states: final } = await listHistory(await clientOf(1), history);
    const { attempts, reads } = recorder;
    const wrong = checkHistory({ attempts, reads, watchers: { w1, w2, w3 }, selecting: await selecting, final });
    expect(wrong.slice(0, 20), `${wrong.length} things went wrong`).toEqual([]);
    expect(attempts.filter(({ outcome }) => outcome === 'refused').length, 'the writers raced').toBeGreaterThan(10);
  }

  const moreWrites = (recorder: HistoryRecorder, count: number) => {
    const enough = recorder.acknowledged + count;
    return eventually('the writers go on', () => recorder.acknowledged >= enough, 60_000);
  };

  test('nothing is lost, doubled, out of order or stale while writers race', () =>
    race(['red', 'blue'], async (recorder) => {
      await moreWrites(recorder, 600);
    }));

  test('nor while servers are killed in between', () =>
    race([], async (recorder) => {
      for (let kill = 0; kill < KILLS; kill++) {
        await moreWrites(recorder, WRITES_BETWEEN_KILLS);
        const plane = planes[kill % planes.length] as ControlPlaneProcess;
        await plane.kill('SIGKILL');
        await plane.start();
      }
    }));
});
