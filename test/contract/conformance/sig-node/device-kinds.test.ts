import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectApiOperations } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start();
});
afterAll(() => on?.stop());

const devices = { group: 'resource.k8s.io', version: 'v1' };
const requests = [{ name: 'req-0', exactly: { deviceClassName: 'gpus', allocationMode: 'ExactCount', count: 1 } }];

test('[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 DeviceClass', async () => {
  await expectApiOperations(on.api, {
    ...devices,
    plural: 'deviceclasses',
    prefix: 'e2e-class',
    object: { spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }] } },
  });
});

test('[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaim', async () => {
  await expectApiOperations(on.api, {
    ...devices,
    plural: 'resourceclaims',
    namespace: await on.namespace(),
    prefix: 'e2e-claim',
    object: { spec: { devices: { requests } } },
    status: {
      allocation: {
        devices: { results: [{ request: 'req-0', driver: 'gpu.example.com', pool: 'node-1', device: 'gpu-0' }] },
      },
    },
  });
});

test('[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaimTemplate', async () => {
  await expectApiOperations(on.api, {
    ...devices,
    plural: 'resourceclaimtemplates',
    namespace: await on.namespace(),
    prefix: 'e2e-template',
    object: { spec: { spec: { devices: { requests } } } },
  });
});

test('slices of devices are served and found by node and by driver', async () => {
  const slice = (nodeName: string) => ({
    driver: 'gpu.example.com',
    nodeName,
    pool: { name: nodeName, generation: 1, resourceSliceCount: 1 },
    devices: [{ name: 'gpu-0', attributes: { model: { string: 'a100' } }, capacity: { memory: { value: '80Gi' } } }],
  });
  await expectApiOperations(on.api, {
    ...devices,
    plural: 'resourceslices',
    prefix: 'e2e-slice',
    object: { spec: slice('node-1') },
  });
  const slices = '/apis/resource.k8s.io/v1/resourceslices';
  for (const node of ['node-1', 'node-2']) await on.api.post(slices, { metadata: { name: node }, spec: slice(node) });
  const found = async (selector: string) =>
    (await on.api.list(`${slices}?fieldSelector=${encodeURIComponent(selector)}`)).items.map(
      (one) => one.metadata.name,
    );
  expect(await found('spec.nodeName=node-2')).toEqual(['node-2']);
  expect(await found('spec.driver=gpu.example.com,spec.nodeName!=node-2')).toEqual(['node-1']);
  expect(await found('spec.driver=other.example.com')).toEqual([]);
});
