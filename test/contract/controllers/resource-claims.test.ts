import { afterEach, expect, test } from 'vitest';
import { deviceClasses, events, pods, resourceClaims, resourceClaimTemplates } from '../../../lib/kube/resources.ts';
import { ControlLoops } from './control-loops.ts';

let loops: ControlLoops | undefined;
afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

const namespace = 'default';

test('a claim is made for a pod, which waits for its devices, and goes with it', async () => {
  loops = await ControlLoops.start();
  const { client } = loops;
  await client.create(pods, {
    metadata: { name: 'trainer', namespace },
    spec: {
      containers: [{ name: 'main', image: 'hello:1', resources: { claims: [{ name: 'gpu' }] } }],
      resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'gpus' }],
    },
  });
  const told = async () => (await client.list(events, { namespace })).items;
  await loops.until('the template is missed', async () =>
    (await told()).some(
      ({ reason, message }) =>
        reason === 'FailedResourceClaimCreation' &&
        message ===
          'PodResourceClaim gpu: resource claim template "gpus": resourceclaimtemplate.resource.k8s.io "gpus" not found',
    ),
  );
  const spec = { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'gpus' } }] } };
  await client.create(resourceClaimTemplates, { metadata: { name: 'gpus', namespace }, spec: { spec } });
  const trainer = () => client.get(pods, { namespace, name: 'trainer' });
  const claims = async () => (await client.list(resourceClaims, { namespace })).items;
  await loops.until('the pod knows its claim', async () => {
    const [claim] = await claims();
    const [status] = (await trainer()).status?.resourceClaimStatuses ?? [];
    return claim !== undefined && status?.resourceClaimName === claim.metadata?.name;
  });
  await loops.until('the pod waits for the class of its devices', async () => {
    const { spec: wanted, status } = await trainer();
    const message = status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '';
    return wanted?.nodeName === undefined && message.includes('request r: device class gpus does not exist');
  });
  const made = await claims();
  expect(made).toHaveLength(1);
  expect(made[0]?.metadata?.name).toMatch(/^trainer-gpu-/);
  await client.delete(pods, { namespace, name: 'trainer' }, { gracePeriodSeconds: 0 });
  await loops.until('the claim is gone', async () => (await claims()).length === 0);
});

test('pods that share an allocated claim are written into it, and the last to go frees it', async () => {
  loops = await ControlLoops.start();
  const { client } = loops;
  await client.create(deviceClasses, { metadata: { name: 'gpus' }, spec: {} });
  const key = { namespace, name: 'shared' };
  const requests = [{ name: 'r', exactly: { deviceClassName: 'gpus' } }];
  await client.create(resourceClaims, { metadata: key, spec: { devices: { requests } } });
  const names = ['first', 'second'];
  for (const name of names) {
    await client.create(pods, {
      metadata: { name, namespace },
      spec: {
        containers: [{ name: 'main', image: 'hello:1' }],
        resourceClaims: [{ name: 'gpu', resourceClaimName: 'shared' }],
      },
    });
  }
  const podOf = (name: string) => client.get(pods, { namespace, name });
  await loops.until('they wait for the devices', async () => {
    const all = await Promise.all(names.map(podOf));
    return all.every(({ spec, status }) => {
      const message = status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '';
      return spec?.nodeName === undefined && message.includes('cannot allocate all claims');
    });
  });
  const results = [{ request: 'r', driver: 'gpu.example.com', pool: 'node-1', device: 'gpu-0' }];
  const allocated = { status: { allocation: { devices: { results } } } };
  await client.patch(resourceClaims, key, 'merge', allocated, { subresource: 'status' });
  const status = async () => (await client.get(resourceClaims, key)).status ?? {};
  await loops.until('both have a node', async () =>
    (await Promise.all(names.map(podOf))).every(({ spec }) => spec?.nodeName !== undefined),
  );
  expect((await status()).reservedFor?.map(({ name }) => name).toSorted()).toEqual(names);
  await client.delete(pods, { namespace, name: 'first' }, { gracePeriodSeconds: 0 });
  await loops.until('one is left', async () => (await status()).reservedFor?.length === 1);
  expect((await status()).allocation).toBeDefined();
  await client.delete(pods, { namespace, name: 'second' }, { gracePeriodSeconds: 0 });
  await loops.until('the devices are free', async () => (await status()).allocation === undefined);
});
