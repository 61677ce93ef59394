import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { ApiAnswer } from '../api-client.ts';
import { ConformanceCluster } from '../cluster.ts';
import { defineKind } from '../custom-kind.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start();
});
afterAll(() => on?.stop());

interface Aggregated {
  readonly kind: string;
  readonly apiVersion: string;
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly {
        readonly resource: string;
        readonly scope: string;
        readonly verbs: readonly string[];
        readonly responseKind: { readonly kind: string };
      }[];
    }[];
  }[];
}

interface GroupList {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly { readonly groupVersion: string; readonly version: string }[];
    readonly preferredVersion: { readonly groupVersion: string; readonly version: string };
  }[];
}

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly verbs: readonly string[] }[];
}

const aggregatedAs = (version: string) =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
const ask = (path: string, accept: string): Promise<ApiAnswer> => on.api.send('GET', path, { headers: { accept } });

/** `group/version resource`, of both documents. */
async function aggregated(accept = aggregatedAs('v2')): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const path of ['/api', '/apis']) {
    const { items } = (await ask(path, accept)).json<Aggregated>();
    for (const { metadata, versions } of items) {
      for (const { version, resources } of versions) {
        for (const { resource } of resources) found.add(`${metadata.name ?? ''}/${version} ${resource}`);
      }
    }
  }
  return found;
}

const builtIn = [
  '/v1 configmaps',
  '/v1 namespaces',
  '/v1 nodes',
  '/v1 persistentvolumeclaims',
  '/v1 pods',
  '/v1 secrets',
  '/v1 services',
  'apps/v1 daemonsets',
  'apps/v1 deployments',
  'apps/v1 replicasets',
  'apps/v1 statefulsets',
  'batch/v1 cronjobs',
  'batch/v1 jobs',
  'autoscaling/v2 horizontalpodautoscalers',
  'networking.k8s.io/v1 ingresses',
  'rbac.authorization.k8s.io/v1 roles',
  'storage.k8s.io/v1 storageclasses',
  'apiextensions.k8s.io/v1 customresourcedefinitions',
];

test('[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery endpoint Accept headers', async () => {
  for (const path of ['/api', '/apis']) {
    const answer = await ask(path, aggregatedAs('v2'));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe(aggregatedAs('v2'));
    expect(answer.json()).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
  }
  expect([...(await aggregated())]).toEqual(expect.arrayContaining(builtIn));
});

test('[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface', async () => {
  // As client-go asks: what it likes best first, then what it can do with.
  const accept = `${aggregatedAs('v2')},${aggregatedAs('v2beta1')},application/json`;
  const found = await aggregated(accept);
  expect([...found]).toEqual(expect.arrayContaining(builtIn));
  // The documents say the same as those of each version.
  const { groups } = await on.api.get<GroupList>('/apis');
  for (const { versions } of groups) {
    for (const { groupVersion } of versions) {
      const { resources } = await on.api.get<ResourceList>(`/apis/${groupVersion}`);
      const names = resources.map(({ name }) => name).filter((name) => !name.includes('/'));
      for (const name of names) expect([...found]).toContain(`${groupVersion} ${name}`);
    }
  }
});

test('[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface for CRDs', async () => {
  await defineKind(on.api, { group: 'aggregated.example.com', plural: 'finds', kind: 'Find' });
  await eventually('it is discovered', async () => (await aggregated()).has('aggregated.example.com/v1 finds'));
});

test('[sig-api-machinery] Discovery should validate PreferredVersion for each APIGroup', async () => {
  const { groups } = await on.api.get<GroupList>('/apis');
  expect(groups.length).toBeGreaterThan(10);
  for (const { name, versions, preferredVersion } of groups) {
    const group = await on.api.get<GroupList['groups'][number]>(`/apis/${name}`);
    expect(group.preferredVersion).toEqual(preferredVersion);
    expect(versions.map(({ groupVersion }) => groupVersion)).toContain(preferredVersion.groupVersion);
    expect(preferredVersion.groupVersion).toBe(`${name}/${preferredVersion.version}`);
  }
});

test('[sig-api-machinery] Discovery should locate the groupVersion and a resource within each APIGroup', async () => {
  const core = await on.api.get<ResourceList>('/api/v1');
  expect(core.resources.map(({ name }) => name)).toContain('pods');
  const { groups } = await on.api.get<GroupList>('/apis');
  for (const { versions } of groups) {
    for (const { groupVersion } of versions) {
      const list = await on.api.get<ResourceList>(`/apis/${groupVersion}`);
      expect(list.groupVersion).toBe(groupVersion);
      expect(list.resources.length, groupVersion).toBeGreaterThan(0);
      for (const { name, kind, verbs } of list.resources) {
        expect(kind, `${groupVersion} ${name}`).toBeTruthy();
        expect(verbs.length, `${groupVersion} ${name}`).toBeGreaterThan(0);
      }
    }
  }
});

test('[sig-api-machinery] Servers with support for Table transformation should return a 406 for a backend which does not implement metadata', async () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { namespace: 'default', resource: 'pods', verb: 'get' } },
  };
  const answer = await on.api.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    body,
    headers: { accept: table },
  });
  expect(answer.status).toBe(406);
});

test('[sig-api-machinery] server version should find the server version', async () => {
  const version = await on.api.get<{ major: string; minor: string; gitVersion: string }>('/version');
  expect(version.major).toMatch(/^\d+$/);
  expect(version.minor).toMatch(/^\d+$/);
  expect(version.gitVersion).toMatch(/^v1\.\d+\.\d+/);
});
