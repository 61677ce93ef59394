import { describe, expect, test } from 'vitest';
import { services } from '../../../lib/kube/resources.ts';
import type { EndpointSlice, Pod, Service } from '../../../lib/kube/types.ts';
import { pod, testNowMs, type PodOptions } from '../../../test/support/kube-builders.ts';
import { planEndpointsObject } from './endpoints-object.ts';
import { serviceEndpoints } from './service-endpoints.ts';
import { planSlices, type SliceAction } from './slice-plan.ts';

function service(spec: Service['spec'] = {}): Service {
  return {
    metadata: { name: 'hello', namespace: 'default', uid: 'uid-service', labels: { team: 'web' } },
    spec: {
      selector: { app: 'hello' },
      clusterIP: '10.96.0.20',
      ports: [{ name: 'http', port: 80, targetPort: 8080 }],
      ...spec,
    },
  };
}

let address = 0;
const ready = (name: string, options: PodOptions = {}): Pod =>
  pod({ name, node: 'node-1', ip: `10.244.1.${++address}`, readySinceMs: testNowMs - 1000, ...options });

const groupsOf = (of: Service, pods: readonly Pod[]) => serviceEndpoints(of, pods, () => 'zone-a');

function plan(of: Service, pods: readonly Pod[], existing: readonly EndpointSlice[] = []): SliceAction[] {
  return planSlices(
    {
      owner: of,
      ownerResource: services,
      serviceName: 'hello',
      managedBy: 'test',
      labels: of.metadata?.labels ?? {},
      groups: groupsOf(of, pods).map(({ ports, endpoints }) => ({
        ports,
        endpoints: endpoints.map(({ endpoint }) => endpoint),
      })),
      addressType: 'IPv4',
    },
    existing,
  );
}

/** What is there after the actions. */
function apply(existing: readonly EndpointSlice[], actions: readonly SliceAction[]): EndpointSlice[] {
  const left = new Map(existing.map((slice) => [slice.metadata?.name, slice]));
  for (const [index, { type, slice }] of actions.entries()) {
    const name = slice.metadata?.name ?? `hello-${left.size}-${index}`;
    if (type === 'delete') left.delete(name);
    else left.set(name, { ...slice, metadata: { ...slice.metadata, name } });
  }
  return [...left.values()];
}

describe('the endpoints of a pod', () => {
  test.each([
    { name: 'ready', options: {}, spec: {}, conditions: { ready: true, serving: true, terminating: false } },
    {
      name: 'not ready',
      options: { readySinceMs: undefined },
      spec: {},
      conditions: { ready: false, serving: false, terminating: false },
    },
    {
      name: 'terminating but serving',
      options: { deleting: true },
      spec: {},
      conditions: { ready: false, serving: true, terminating: true },
    },
    {
      name: 'not ready but published',
      options: { readySinceMs: undefined },
      spec: { publishNotReadyAddresses: true },
      conditions: { ready: true, serving: false, terminating: false },
    },
  ])('$name', ({ options, spec, conditions }) => {
    const { readySinceMs, ...others } = { readySinceMs: testNowMs - 1000, ...options } as PodOptions;
    const one = pod({
      name: 'a',
      node: 'node-1',
      ip: '10.244.1.9',
      ...others,
      ...(readySinceMs === undefined ? {} : { readySinceMs }),
    });
    const [group] = groupsOf(service(spec), [one]);
    expect(group?.endpoints[0]?.endpoint).toEqual({
      addresses: ['10.244.1.9'],
      conditions,
      nodeName: 'node-1',
      zone: 'zone-a',
      targetRef: { kind: 'Pod', namespace: 'default', name: 'a', uid: 'uid-a' },
    });
  });

  test('finished pods and pods without an address have none', () => {
    expect(groupsOf(service(), [ready('a', { phase: 'Failed' }), pod({ name: 'b', node: 'node-1' })])).toEqual([]);
  });

  test('a named port is looked up in each pod, so that pods may differ', () => {
    const named = (name: string, containerPort: number) =>
      ready(name, { spec: { containers: [{ name: 'main', ports: [{ name: 'web', containerPort }] }] } });
    const groups = groupsOf(service({ ports: [{ port: 80, targetPort: 'web' }] }), [
      named('a', 8080),
      named('b', 9090),
      named('c', 8080),
    ]);
    expect(groups.map(({ ports, endpoints }) => [ports[0]?.port, endpoints.length])).toEqual([
      [8080, 2],
      [9090, 1],
    ]);
  });

  test('a pod with a host name under a headless service of its subdomain is known by it', () => {
    const [group] = groupsOf(service({ clusterIP: 'None' }), [
      ready('a', { spec: { hostname: 'db-0', subdomain: 'hello' } }),
    ]);
    expect(group?.endpoints[0]?.endpoint.hostname).toBe('db-0');
  });
});

describe('the slices of a service', () => {
  test('a new service gets a slice that belongs to it', () => {
    const [action] = plan(service(), [ready('a')]);
    expect(action).toMatchObject({
      type: 'create',
      slice: {
        metadata: {
          generateName: 'hello-',
          labels: {
            'kubernetes.io/service-name': 'hello',
            'endpointslice.kubernetes.io/managed-by': 'test',
            team: 'web',
          },
          ownerReferences: [{ kind: 'Service', name: 'hello', controller: true }],
        },
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    });
  });

  test('a service without pods has one empty slice', () => {
    const actions = plan(service(), []);
    expect(actions).toMatchObject([{ type: 'create', slice: { endpoints: [] } }]);
    expect(plan(service(), [], apply([], actions))).toEqual([]);
  });

  test('nothing is written when nothing changed', () => {
    const pods = [ready('a'), ready('b')];
    expect(plan(service(), pods, apply([], plan(service(), pods)))).toEqual([]);
  });

  test('at most a hundred endpoints are in a slice', () => {
    const pods = Array.from({ length: 250 }, (_, index) => ready(`p${index}`));
    const slices = apply([], plan(service(), pods));
    expect(slices.map((slice) => slice.endpoints?.length)).toEqual([100, 100, 50]);
  });

  test('one pod that changes rewrites one slice, and a newcomer fills one', () => {
    const pods = Array.from({ length: 150 }, (_, index) => ready(`p${index}`));
    const slices = apply([], plan(service(), pods));
    const { readySinceMs: _, ...rest } = {
      readySinceMs: 0,
      name: 'p3',
      node: 'node-1',
      ip: pods[3]?.status?.podIP ?? '',
    };
    const changed = pods.map((one, index) => (index === 3 ? pod(rest) : one));
    expect(plan(service(), changed, slices)).toMatchObject([{ type: 'update' }]);
    const more = plan(service(), [...pods, ready('new')], slices);
    expect(more).toHaveLength(1);
    expect(apply(slices, more).map((slice) => slice.endpoints?.length)).toEqual([100, 51]);
  });

  test('slices that become empty go, all but the last', () => {
    const pods = Array.from({ length: 150 }, (_, index) => ready(`p${index}`));
    const slices = apply([], plan(service(), pods));
    const left = apply(slices, plan(service(), [], slices));
    expect(left.map((slice) => slice.endpoints?.length)).toEqual([0]);
  });

  test('a change of ports replaces the slices', () => {
    const pods = [ready('a')];
    const slices = apply([], plan(service(), pods));
    const actions = plan(service({ ports: [{ port: 80, targetPort: 9090 }] }), pods, slices);
    expect(actions.map(({ type }) => type).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['create', 'delete']);
  });
});

describe('the Endpoints object', () => {
  test('parts ready from not ready, and leaves terminating pods out', () => {
    const pods = [ready('a'), pod({ name: 'b', node: 'node-1', ip: '10.244.9.9' }), ready('c', { deleting: true })];
    const object = planEndpointsObject(service(), groupsOf(service(), pods), undefined);
    expect(object?.subsets).toMatchObject([
      {
        addresses: [{ targetRef: { name: 'a' } }],
        notReadyAddresses: [{ ip: '10.244.9.9' }],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ]);
    expect(planEndpointsObject(service(), groupsOf(service(), pods), object)).toBeUndefined();
  });

  test('is cut at a thousand addresses and says so', () => {
    const pods = Array.from({ length: 1001 }, (_, index) => ready(`p${index}`));
    const object = planEndpointsObject(service(), groupsOf(service(), pods), undefined);
    expect(object?.subsets?.[0]?.addresses).toHaveLength(1000);
    expect(object?.metadata?.annotations).toEqual({ 'endpoints.kubernetes.io/over-capacity': 'truncated' });
  });
});
