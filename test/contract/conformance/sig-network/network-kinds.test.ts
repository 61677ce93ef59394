import { afterAll, beforeAll, expect, test } from 'vitest';
import { KubernetesService } from '../../../../control-plane/apiserver/system/kubernetes-service.ts';
import { ApiUnderTest } from '../../../support/api-under-test.ts';
import { expectApiOperations } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;
let namespace: string;

beforeAll(async () => {
  on = await ConformanceCluster.start();
  namespace = await on.namespace();
});
afterAll(() => on?.stop());

test('[sig-network] EndpointSlice should support creating EndpointSlice API operations', () =>
  expectApiOperations(on.api, {
    group: 'discovery.k8s.io',
    version: 'v1',
    plural: 'endpointslices',
    namespace,
    prefix: 'slice',
    object: {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.2.3'] }],
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    },
  }));

test('[sig-network] Ingress API should support creating Ingress API operations', () =>
  expectApiOperations(on.api, {
    group: 'networking.k8s.io',
    version: 'v1',
    plural: 'ingresses',
    namespace,
    prefix: 'ingress',
    object: { spec: { defaultBackend: { service: { name: 'default-backend', port: { number: 80 } } } } },
    status: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
  }));

test('[sig-network] IngressClass API should support creating IngressClass API operations', () =>
  expectApiOperations(on.api, {
    group: 'networking.k8s.io',
    version: 'v1',
    plural: 'ingressclasses',
    prefix: 'class',
    object: { spec: { controller: 'example.com/controller' } },
  }));

test('[sig-network] ServiceCIDR and IPAddress API should support ServiceCIDR API operations', async () => {
  await expectApiOperations(on.api, {
    group: 'networking.k8s.io',
    version: 'v1',
    plural: 'servicecidrs',
    prefix: 'cidr',
    object: { spec: { cidrs: ['10.100.0.0/24'] } },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'Test',
          message: 'Set by a test',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    },
  });
  await expectApiOperations(on.api, {
    group: 'networking.k8s.io',
    version: 'v1',
    plural: 'ipaddresses',
    prefix: '192.0.2',
    object: { spec: { parentRef: { resource: 'services', name: 'a-service', namespace } } },
    nameOf: (index) => `192.0.2.${index}`,
  });
});

test('[sig-network] API Server should provide secure master service', async () => {
  const { spec } = await on.api.get('/api/v1/namespaces/default/services/kubernetes');
  expect(spec).toMatchObject({ clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] });
});

// In process, since these tests listen on loopback only, and no pod reaches a server by that.
test('[sig-network] API Server should have Endpoints and EndpointSlices pointing to API Server', async () => {
  const api = await ApiUnderTest.start();
  try {
    const config = { listen: ['127.0.0.1', '10.244.0.1'], kubernetesServiceIP: '10.96.0.1' };
    await new KubernetesService(api.core.client, config, () => 6443).start(AbortSignal.timeout(60_000));
    const endpoints = await api.send('GET', '/api/v1/namespaces/default/endpoints/kubernetes');
    expect(endpoints.json()['subsets']).toEqual([
      { addresses: [{ ip: '10.244.0.1' }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] },
    ]);
    const ofService = 'labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes';
    const slices = await api.send('GET', `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?${ofService}`);
    expect(slices.json()['items']).toMatchObject([
      { endpoints: [{ addresses: ['10.244.0.1'] }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] },
    ]);
  } finally {
    await api.stop();
  }
});

test('[sig-network] Services should find a service from listing all namespaces', async () => {
  const { items } = await on.api.list('/api/v1/services');
  expect(items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toContain('default/kubernetes');
});
