import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { ApiObject } from '../api-client.ts';
import { expectGone, updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start(['node-1']);
});
afterAll(() => on?.stop());

const slicesOf = async (namespace: string, service: string) =>
  (
    await on.api.list(
      `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3D${service}`,
    )
  ).items;

test('[sig-network] Services should complete a service status lifecycle', async () => {
  const namespace = await on.namespace();
  const services = `/api/v1/namespaces/${namespace}/services`;
  const path = `${services}/living`;
  const watch = await on.api.watch(`${services}?labelSelector=test%3Dliving`);
  await on.api.post(services, {
    metadata: { name: 'living', labels: { test: 'living' } },
    spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80, targetPort: 80 }] },
  });
  await watch.until('the service', ({ type }) => type === 'ADDED');
  expect((await on.api.get(`${path}/status`)).status).toEqual({ loadBalancer: {} });

  const loadBalancer = { ingress: [{ ip: '203.0.113.1' }] };
  const patched = await on.api.patch(`${path}/status`, {
    metadata: { annotations: { patchedstatus: 'true' } },
    status: { loadBalancer },
  });
  expect(patched).toMatchObject({ metadata: { annotations: { patchedstatus: 'true' } }, status: { loadBalancer } });
  await watch.until('the patch', ({ object }) => object.metadata.annotations?.['patchedstatus'] === 'true');

  const condition = {
    type: 'StatusUpdate',
    status: 'True',
    reason: 'E2E',
    message: 'Set by a test',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const updated = await updateWith(on.api, `${path}/status`, (object) => ({
    ...object,
    status: { ...object.status, conditions: [condition] },
  }));
  expect(updated.status).toMatchObject({ loadBalancer, conditions: [condition] });
  await watch.until('the update', ({ object }) => object.status?.['conditions'] !== undefined);

  await on.api.patch(path, { metadata: { labels: { 'test-service': 'patched' } } }, 'strategic');
  await watch.until('the label', ({ object }) => object.metadata.labels?.['test-service'] === 'patched');
  await on.api.delete(path);
  await watch.until('the end', ({ type }) => type === 'DELETED');
  watch.close();
});

const createPod = (namespace: string, name: string, labels: Readonly<Record<string, string>>) =>
  on.api.post(`/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name, labels },
    spec: {
      containers: [
        { name: 'main', image: 'demo:1', ports: [{ name: 'example-name', containerPort: 3000, protocol: 'TCP' }] },
      ],
    },
  });

const createService = (namespace: string, name: string, selector: Readonly<Record<string, string>>) =>
  on.api.post(`/api/v1/namespaces/${namespace}/services`, {
    metadata: { name },
    spec: { selector, ports: [{ name: 'example', port: 80, targetPort: 'example-name', protocol: 'TCP' }] },
  });

interface Slice extends ApiObject {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly targetRef?: { readonly name: string };
  }[];
  readonly ports?: readonly { readonly name: string; readonly port: number }[];
}

interface Subsets {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip: string; readonly targetRef?: { readonly name: string } }[];
    readonly ports?: readonly { readonly name: string; readonly port: number }[];
  }[];
}

test('[sig-network] EndpointSlice should create Endpoints and EndpointSlices for Pods matching a Service', async () => {
  const namespace = await on.namespace();
  await createPod(namespace, 'pod1', { foo: 'bar', test: 'one' });
  await createPod(namespace, 'pod2', { foo: 'bar' });
  const both = await createService(namespace, 'both', { foo: 'bar' });
  await createService(namespace, 'one', { foo: 'bar', test: 'one' });
  const targets = async (service: string) => {
    const slices = (await slicesOf(namespace, service)) as readonly Slice[];
    return slices
      .flatMap(({ endpoints = [] }) => endpoints.map(({ targetRef }) => targetRef?.name ?? ''))
      .toSorted()
      .join(' ');
  };
  await eventually('the slices of both', async () => (await targets('both')) === 'pod1 pod2');
  await eventually('the slices of one', async () => (await targets('one')) === 'pod1');
  const [slice] = (await slicesOf(namespace, 'both')) as readonly Slice[];
  expect(slice?.ports).toMatchObject([{ name: 'example', port: 3000 }]);
  expect(slice?.metadata.ownerReferences).toMatchObject([{ kind: 'Service', uid: both.metadata.uid }]);
  await eventually('the Endpoints', async () => {
    const { subsets } = await on.api.get<Subsets>(`/api/v1/namespaces/${namespace}/endpoints/both`);
    return subsets?.[0]?.addresses?.length === 2;
  });
  await on.api.delete(`/api/v1/namespaces/${namespace}/services/both`);
  await eventually('no slices are left', async () => (await slicesOf(namespace, 'both')).length === 0);
});

test('[sig-network] EndpointSlice should create and delete EndpointSlices for a Service with a selector that matches no pods', async () => {
  const namespace = await on.namespace();
  await createService(namespace, 'empty', { does: 'not-match-anything' });
  const slice = await eventually('a slice', async () => (await slicesOf(namespace, 'empty'))[0]);
  expect(slice['endpoints'] ?? []).toEqual([]);
  await on.api.delete(`/api/v1/namespaces/${namespace}/services/empty`);
  await eventually('the slice is gone', async () => (await slicesOf(namespace, 'empty')).length === 0);
});

test('[sig-network] EndpointsController should create Endpoints for Pods matching a Service', async () => {
  const namespace = await on.namespace();
  await createPod(namespace, 'pod1', { foo: 'bar' });
  await createService(namespace, 'matched', { foo: 'bar' });
  const path = `/api/v1/namespaces/${namespace}/endpoints/matched`;
  const subset = await eventually('an address', async () => {
    const [first] = (await on.api.get<Subsets>(path)).subsets ?? [];
    return first?.addresses?.length === 1 ? first : undefined;
  });
  expect(subset).toMatchObject({
    addresses: [{ targetRef: { kind: 'Pod', name: 'pod1' } }],
    ports: [{ name: 'example', port: 3000 }],
  });
  await on.api.delete(`/api/v1/namespaces/${namespace}/services/matched`);
  await expectGone(on.api, path);
});

test('[sig-network] EndpointsController should create and delete Endpoints for a Service with a selector that matches no pods', async () => {
  const namespace = await on.namespace();
  await createService(namespace, 'empty', { does: 'not-match-anything' });
  const path = `/api/v1/namespaces/${namespace}/endpoints/empty`;
  await eventually('the Endpoints', async () => (await on.api.send('GET', path)).status === 200);
  expect((await on.api.get<Subsets>(path)).subsets ?? []).toEqual([]);
  await on.api.delete(`/api/v1/namespaces/${namespace}/services/empty`);
  await expectGone(on.api, path);
});

// That these are reached is tested where there are containers (agentnet/service-proxy.test.ts).
for (const { entry, before, change, isNodePort } of [
  {
    entry: '[sig-network] Services should be able to change the type from ExternalName to ClusterIP',
    before: { type: 'ExternalName', externalName: 'foo.example.com' },
    change: { type: 'ClusterIP', externalName: null, ports: [{ port: 80, name: 'http', protocol: 'TCP' }] },
    isNodePort: false,
  },
  {
    entry: '[sig-network] Services should be able to change the type from ExternalName to NodePort',
    before: { type: 'ExternalName', externalName: 'foo.example.com' },
    change: { type: 'NodePort', externalName: null, ports: [{ port: 80, name: 'http', protocol: 'TCP' }] },
    isNodePort: true,
  },
]) {
  test(entry, async () => {
    const services = `/api/v1/namespaces/${await on.namespace()}/services`;
    const created = await on.api.post(services, { metadata: { name: 'changing' }, spec: before });
    expect(created.spec?.['clusterIP'] ?? '').toBe('');
    const { spec } = await on.api.patch(`${services}/changing`, { spec: change });
    expect(spec?.['clusterIP']).toMatch(/^10\.96\./);
    const [port] = (spec?.['ports'] ?? []) as readonly { readonly nodePort?: number }[];
    if (isNodePort) expect(port?.nodePort).toBeGreaterThanOrEqual(30_000);
    else expect(port).not.toHaveProperty('nodePort');
  });
}

test('[sig-network] Services should be able to change the type from NodePort to ExternalName', async () => {
  const services = `/api/v1/namespaces/${await on.namespace()}/services`;
  const nodePort = 31_234;
  const ports = [{ port: 80, name: 'http', protocol: 'TCP', nodePort }];
  await on.api.post(services, { metadata: { name: 'changing' }, spec: { type: 'NodePort', ports } });
  const { spec } = await on.api.patch(`${services}/changing`, {
    spec: { type: 'ExternalName', externalName: 'foo.example.com', clusterIP: '', clusterIPs: null, ports: null },
  });
  expect(spec?.['clusterIP'] ?? '').toBe('');
  expect(spec).toMatchObject({ externalName: 'foo.example.com' });
  // The port is free for another.
  const other = await on.api.post(services, { metadata: { name: 'other' }, spec: { type: 'NodePort', ports } });
  expect(other.spec).toMatchObject({ ports: [{ nodePort }] });
});
