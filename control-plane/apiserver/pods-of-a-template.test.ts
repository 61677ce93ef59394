import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';
import { pods } from '../../lib/kube/resources.ts';

const path = '/api/v1/namespaces/default/pods';

function pod(name: string, container: object = {}): object {
  const env = [{ name: 'LEVEL', value: 'info' }];
  return { metadata: { name }, spec: { containers: [{ name: 'main', image: 'demo:1', env, ...container }] } };
}

describe('pods of one template', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await ApiUnderTest.start();
  });
  afterAll(() => api.stop());

  const specOf = (name: string) => api.core.registry.of(pods).cache.get(`default/${name}`)?.object['spec'];

  test('share one spec, which answers and the store say in full', async () => {
    for (const name of ['a', 'b']) expect((await api.send('POST', path, { body: pod(name) })).status).toBe(201);
    expect(specOf('b')).toBe(specOf('a'));
    const [a, b] = await Promise.all(['a', 'b'].map(async (name) => (await api.send('GET', `${path}/${name}`)).json()));
    expect(b?.['spec']).toEqual(a?.['spec']);
    expect(Object.keys(b ?? {})).toEqual(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
    expect(b?.['spec']).toEqual(specOf('b'));
  });

  test('keep it when something else of them changes, and only then', async () => {
    await api.send('POST', path, { body: pod('c') });
    const before = specOf('c');
    const patch = (url: string, body: object) =>
      api.send('PATCH', url, { body, headers: { 'content-type': 'application/merge-patch+json' } });
    expect((await patch(`${path}/c`, { metadata: { labels: { a: 'b' } } })).status).toBe(200);
    expect((await patch(`${path}/c/status`, { status: { phase: 'Running' } })).status).toBe(200);
    expect(specOf('c')).toBe(before);
    expect((await patch(`${path}/c`, { spec: { activeDeadlineSeconds: 5 } })).status).toBe(200);
    expect(specOf('c')).toEqual({ ...(before as object), activeDeadlineSeconds: 5 });
    expect(specOf('a')).not.toHaveProperty('activeDeadlineSeconds');
  });

  test('share all but their nodes when they are bound', async () => {
    const container = { resources: { limits: { cpu: '1500m', memory: '64Mi' } } };
    for (const name of ['bound-1', 'bound-2']) {
      await api.send('POST', path, { body: pod(name, container) });
      const body = { metadata: { name }, target: { kind: 'Node', name: `node-of-${name}` } };
      expect((await api.send('POST', `${path}/${name}/binding`, { body })).status).toBe(201);
    }
    const [one, two] = [specOf('bound-1'), specOf('bound-2')] as Record<string, unknown>[];
    expect(two).toEqual({ ...one, nodeName: 'node-of-bound-2' });
    expect(two?.['containers']).toBe(one?.['containers']);
    expect(two?.['volumes']).toBe(one?.['volumes']);
    const { status } = (await api.send('GET', `${path}/bound-2`)).json() as { status: object };
    expect(status).toMatchObject({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'True' }] });
  });

  test('are refused each for what is wrong with it', async () => {
    const body = (name: string) => pod(name, { ports: [{ containerPort: 0 }] });
    for (const name of ['d', 'e']) {
      const answer = await api.send('POST', path, { body: body(name) });
      expect(answer.status).toBe(422);
      expect(answer.json()['message']).toContain('spec.containers[0].ports[0].containerPort');
    }
  });

  test('are warned of each', async () => {
    const env = [
      { name: 'LEVEL', value: 'info' },
      { name: 'LEVEL', value: 'debug' },
    ];
    for (const name of ['f', 'g'])
      expect((await api.send('POST', path, { body: pod(name, { env }) })).headers['warning']).toBeDefined();
  });

  test('are admitted each: what the namespace asks for later holds for the next', async () => {
    const namespace = '/api/v1/namespaces/strict';
    await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'strict' } } });
    const privileged = (name: string) => pod(name, { securityContext: { privileged: true } });
    expect((await api.send('POST', `${namespace}/pods`, { body: privileged('h') })).status).toBe(201);
    await api.send('PATCH', namespace, {
      body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect((await api.send('POST', `${namespace}/pods`, { body: privileged('i') })).status).toBe(403);
  });

  test('may bring the volume of the account’s token themselves', async () => {
    const { volumes = [] } = specOf('a') as { volumes?: { name: string }[] };
    const name = volumes[0]?.name ?? '';
    expect(name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    const body = {
      metadata: { name: 'own' },
      spec: { containers: [{ name: 'main', image: 'demo:1' }], volumes: [{ name, emptyDir: {} }] },
    };
    expect((await api.send('POST', path, { body })).status).toBe(201);
    const own = specOf('own') as { volumes: { name: string }[] };
    expect(new Set(own.volumes.map((volume) => volume.name)).size).toBe(2);
  });
});
