import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  await api.send('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
    body: {
      metadata: { name: 'boxed' },
      handler: 'boxed',
      overhead: { podFixed: { cpu: '10m', memory: '32Mi' } },
      scheduling: { nodeSelector: { boxed: 'yes' }, tolerations: [{ key: 'boxed', operator: 'Exists' }] },
    },
  });
});
afterAll(() => api.stop());

let serial = 0;
const create = (spec: object) =>
  api.send('POST', '/api/v1/namespaces/default/pods', {
    body: { metadata: { name: `pod-${++serial}` }, spec: { containers: [{ name: 'c', image: 'demo:1' }], ...spec } },
  });

test('a pod gets the overhead, the nodes and the tolerations of its runtime class', async () => {
  const pod = await create({ runtimeClassName: 'boxed', nodeSelector: { disk: 'fast' } });
  expect(pod.status, pod.body).toBe(201);
  expect(pod.json()['spec']).toMatchObject({
    overhead: { cpu: '10m', memory: '32Mi' },
    nodeSelector: { disk: 'fast', boxed: 'yes' },
    tolerations: expect.arrayContaining([{ key: 'boxed', operator: 'Exists' }]),
  });
});

test.each([
  [{ runtimeClassName: 'none' }, 'pod rejected: RuntimeClass "none" not found'],
  [
    { runtimeClassName: 'boxed', overhead: { cpu: '1' } },
    "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
  ],
  [{ overhead: { cpu: '10m' } }, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'],
  [
    { runtimeClassName: 'boxed', nodeSelector: { boxed: 'no' } },
    'conflict: runtimeClass.scheduling.nodeSelector[boxed] = yes; pod.spec.nodeSelector[boxed] = no',
  ],
])('a pod with %j is refused', async (spec, why) => {
  const answer = await create(spec);
  expect(answer.status).toBe(403);
  expect(answer.json()['message']).toContain(why);
});
