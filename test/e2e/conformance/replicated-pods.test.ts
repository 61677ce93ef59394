import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pods, replicaSets, statefulSets } from '../../../lib/kube/resources.ts';
import type { PodTemplateSpec } from '../../../lib/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { PodSpace } from './pod-space.ts';
import { scriptPod } from './script-pod.ts';

/** Pods that sets make and take away. */
const space = new PodSpace('conformance-replicated-pods');
const { client } = space.cluster;
const { namespace } = space;

const PORT = 8080;

/** Serves its name at `/` while the file is there: without it the pod is not ready. */
function webTemplate(app: string): PodTemplateSpec {
  const script = `mkdir /www && hostname > /www/index.html && exec httpd -f -p ${PORT} -h /www`;
  const readinessProbe = { httpGet: { path: '/index.html', port: PORT }, periodSeconds: 1, failureThreshold: 1 };
  const { spec } = scriptPod('', script, { spec: {}, container: { readinessProbe } });
  return { metadata: { labels: { app } }, spec: { containers: [], ...spec, restartPolicy: 'Always' } };
}

beforeAll(() => space.open());
afterAll(() => space.close());

async function podsOf(app: string) {
  return (await client.list(pods, { namespace, labelSelector: `app=${app}` })).items;
}

const isReady = async (name: string) =>
  (await client.get(pods, { namespace, name })).status?.conditions?.some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );

async function shell(pod: string, script: string): Promise<void> {
  const { code, stderr } = await space.exec(pod, 'sh', '-c', script);
  expect({ pod, script, code, stderr }).toMatchObject({ code: 0 });
}

const breakPod = async (pod: string) => {
  await shell(pod, 'mv /www/index.html /tmp/');
  await eventually(`${pod} is not ready`, async () => !(await isReady(pod)));
};
const repairPod = (pod: string) => shell(pod, 'mv /tmp/index.html /www/');

/** Names of the set's pods, and of those that are going, in the order in which that was seen. */
class Order {
  readonly made: string[] = [];
  readonly ended: string[] = [];
  readonly #stop: () => void;

  constructor(app: string) {
    this.#stop = space.onChange((type, { metadata }) => {
      const name = metadata?.name ?? '';
      if (metadata?.labels?.['app'] !== app) return;
      if (type === 'ADDED') this.made.push(name);
      const isEnding = type === 'DELETED' || metadata.deletionTimestamp !== undefined;
      if (isEnding && !this.ended.includes(name)) this.ended.push(name);
    });
  }

  stop(): void {
    this.#stop();
  }
}

describe.concurrent('a set', () => {
  test('[sig-apps] ReplicaSet should serve a basic image on each replica with a public image', async () => {
    await client.create(replicaSets, {
      metadata: { name: 'basic', namespace },
      spec: { replicas: 2, selector: { matchLabels: { app: 'basic' } }, template: webTemplate('basic') },
    });
    await eventually('both replicas are ready', async () => {
      const { status } = await client.get(replicaSets, { namespace, name: 'basic' });
      return status?.readyReplicas === 2;
    });
    for (const { metadata } of await podsOf('basic')) {
      const { name = '' } = metadata ?? {};
      const path = `/api/v1/namespaces/${namespace}/pods/${name}:${PORT}/proxy/`;
      expect(await space.text(path)).toBe(`${name}\n`);
    }
  });

  test('[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] Scaling should happen in predictable order and halt if any stateful pod is unhealthy [Slow]', async () => {
    const all = ['ordered-0', 'ordered-1', 'ordered-2'];
    const order = new Order('ordered');
    const key = { namespace, name: 'ordered' };
    const scale = (replicas: number) => client.patch(statefulSets, key, 'merge', { spec: { replicas } });
    await client.create(statefulSets, {
      metadata: key,
      spec: {
        replicas: 1,
        serviceName: 'ordered',
        selector: { matchLabels: { app: 'ordered' } },
        template: webTemplate('ordered'),
      },
    });
    await eventually('the first pod is ready', () => isReady('ordered-0'));

    await breakPod('ordered-0');
    await scale(3);
    await eventually('the set knows that it is to be larger', async () => {
      const { status, metadata } = await client.get(statefulSets, key);
      return status?.observedGeneration === metadata?.generation && status?.readyReplicas !== 1;
    });
    expect(order.made).toEqual(['ordered-0']);
    await repairPod('ordered-0');
    await eventually('all three are ready', () => isReady('ordered-2'));
    expect(order.made).toEqual(all);

    for (const pod of all) await breakPod(pod);
    await scale(0);
    await eventually('the set knows that it is to be smaller', async () => {
      const { status, metadata } = await client.get(statefulSets, key);
      return status?.observedGeneration === metadata?.generation && status?.readyReplicas !== 3;
    });
    expect((await podsOf('ordered')).map(({ metadata }) => metadata?.name ?? '').toSorted()).toEqual(all);
    expect(order.ended).toEqual([]);
    for (const pod of all) await repairPod(pod);
    await eventually('all are gone', async () => (await podsOf('ordered')).length === 0);
    expect(order.ended).toEqual(all.toReversed());
    order.stop();
  });
});
