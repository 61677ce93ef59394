import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

const pods = (namespace = 'default') => `/api/v1/namespaces/${namespace}/pods`;
const services = '/api/v1/namespaces/default/services';
const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});
const service = (name: string, spec: object = {}) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
const message = (answer: { json(): Record<string, unknown> }) => answer.json()['message'];

describe('namespaces', () => {
  test('must be there', async () => {
    const answer = await api.send('POST', pods('nowhere'), { body: pod('p') });
    expect([answer.status, message(answer)]).toEqual([404, 'namespaces "nowhere" not found']);
  });

  test('take nothing more once they are going', async () => {
    await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'going' } } });
    const marked = await api.send('DELETE', '/api/v1/namespaces/going');
    expect(marked.json()).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } });
    const answer = await api.send('POST', pods('going'), { body: pod('p') });
    expect(answer.json()).toMatchObject({
      code: 403,
      message: 'pods "p" is forbidden: unable to create new content in namespace going because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating' }] },
    });
    const finalized = await api.send('PUT', '/api/v1/namespaces/going/finalize', {
      body: { metadata: { name: 'going' }, spec: { finalizers: [] } },
    });
    expect(finalized.status).toBe(200);
    expect((await api.send('GET', '/api/v1/namespaces/going')).status).toBe(404);
  });

  test('without which there is no cluster cannot be deleted', async () => {
    for (const name of ['default', 'kube-system', 'kube-public']) {
      expect((await api.send('DELETE', `/api/v1/namespaces/${name}`)).status).toBe(403);
    }
  });
});

describe('pods', () => {
  test('get the default account and a volume with its token in every container', async () => {
    const body = pod('token', { initContainers: [{ name: 'init', image: 'i' }] });
    const made = (await api.send('POST', pods(), { body })).json() as { spec: Record<string, never> };
    const spec = made.spec as { volumes?: { name: string }[] };
    const name = spec.volumes?.[0]?.name ?? '';
    expect(name).toMatch(/^kube-api-access-\w{5}$/);
    const mount = { name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
    expect(made.spec).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      volumes: [
        {
          projected: {
            defaultMode: 420,
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
              {
                downwardAPI: {
                  items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
                },
              },
            ],
          },
        },
      ],
      containers: [{ volumeMounts: [mount] }],
      initContainers: [{ volumeMounts: [mount] }],
    });
  });

  test('get no token when they or their account do not want it', async () => {
    const own = await api.send('POST', pods(), { body: pod('none', { automountServiceAccountToken: false }) });
    expect(own.json()).not.toHaveProperty('spec.volumes');
    await api.send('POST', '/api/v1/namespaces/default/serviceaccounts', {
      body: { metadata: { name: 'quiet' }, automountServiceAccountToken: false, imagePullSecrets: [{ name: 'pull' }] },
    });
    const made = await api.send('POST', pods(), { body: pod('quiet', { serviceAccountName: 'quiet' }) });
    expect(made.json()).toMatchObject({ spec: { imagePullSecrets: [{ name: 'pull' }] } });
    expect(made.json()).not.toHaveProperty('spec.volumes');
  });

  test('must have an account that is there', async () => {
    const answer = await api.send('POST', pods(), { body: pod('lost', { serviceAccountName: 'lost' }) });
    expect([answer.status, message(answer)]).toEqual([
      403,
      'pods "lost" is forbidden: error looking up service account default/lost: serviceaccount "lost" not found',
    ]);
  });

  test('stay on a node that is not ready for the time of the profile, or their own', async () => {
    const own = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 7 };
    const made = await api.send('POST', pods(), { body: pod('tolerant', { tolerations: [own] }) });
    expect((made.json()['spec'] as { tolerations: unknown }).tolerations).toEqual([
      own,
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ]);
  });

  test('get the priority of their class', async () => {
    const made = await api.send('POST', pods(), {
      body: pod('important', { priorityClassName: 'system-node-critical' }),
    });
    expect(made.json()).toMatchObject({ spec: { priority: 2_000_001_000 } });
    expect((await api.send('POST', pods(), { body: pod('unknown', { priorityClassName: 'vip' }) })).status).toBe(403);
  });
});

describe('services', () => {
  const address = (answer: { json(): Record<string, unknown> }) =>
    (answer.json()['spec'] as { clusterIP?: string }).clusterIP;

  test('get addresses of their own, outside the band for certain ones', async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) => api.send('POST', services, { body: service(`s${index}`) })),
    );
    const given = made.map(address);
    expect(new Set(given).size).toBe(20);
    for (const one of given) expect(one).toMatch(/^10\.96\.([1-9]|\d\d)/);
    expect(made[0]?.json()).toMatchObject({
      spec: { clusterIPs: [given[0]], ipFamilies: ['IPv4'], type: 'ClusterIP' },
    });
  });

  test('get the address that they ask for, if it is theirs to have', async () => {
    expect(address(await api.send('POST', services, { body: service('dns', { clusterIP: '10.96.0.10' }) }))).toBe(
      '10.96.0.10',
    );
    const taken = await api.send('POST', services, { body: service('other', { clusterIP: '10.96.0.10' }) });
    expect([taken.status, message(taken)]).toEqual([
      422,
      'Service "other" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
    ]);
    const outside = await api.send('POST', services, { body: service('other', { clusterIP: '10.97.0.1' }) });
    expect([outside.status, message(outside)]).toEqual([
      422,
      expect.stringContaining('The range of valid IPs is 10.96.0.0/16'),
    ]);
    expect(address(await api.send('POST', services, { body: service('headless', { clusterIP: 'None' }) }))).toBe(
      'None',
    );
    const external = await api.send('POST', services, {
      body: { metadata: { name: 'ext' }, spec: { type: 'ExternalName', externalName: 'example.com' } },
    });
    expect(address(external)).toBeUndefined();
  });

  test('give their addresses and ports back when they go, and when they could not be written', async () => {
    await api.send('DELETE', `${services}/dns`);
    expect((await api.send('POST', services, { body: service('dns2', { clusterIP: '10.96.0.10' }) })).status).toBe(201);
    const refused = await api.send('POST', services, { body: service('Bad_Name', { clusterIP: '10.96.0.11' }) });
    expect(refused.status).toBe(422);
    expect(
      (await api.send('POST', `${services}?dryRun=All`, { body: service('dry', { clusterIP: '10.96.0.11' }) })).status,
    ).toBe(201);
    expect((await api.send('POST', services, { body: service('good', { clusterIP: '10.96.0.11' }) })).status).toBe(201);
  });

  test('get ports of the nodes, and keep them', async () => {
    const made = await api.send('POST', services, { body: service('np', { type: 'NodePort' }) });
    const port = (made.json()['spec'] as { ports: { nodePort: number }[] }).ports[0]?.nodePort ?? 0;
    expect(port).toBeGreaterThanOrEqual(30_000);
    const again = await api.send('PUT', `${services}/np`, {
      body: service('np', { type: 'NodePort', ports: [{ port: 80, targetPort: 8080 }] }),
    });
    expect(again.json()).toMatchObject({
      spec: { clusterIP: address(made), ports: [{ nodePort: port, targetPort: 8080 }] },
    });
    const taken = await api.send('POST', services, {
      body: service('np2', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] }),
    });
    expect(message(taken)).toContain('provided port is already allocated');
    const wrong = await api.send('POST', services, {
      body: service('np3', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
    });
    expect(message(wrong)).toContain('The range of valid ports is 30000-32767');
  });
});

describe('agents', () => {
  test('write their own node, Lease and pods, and those of nobody else', async () => {
    const as = (node: string) => ({ 'impersonate-user': `system:node:${node}`, 'impersonate-group': 'system:nodes' });
    const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, node: string, body?: unknown) =>
      api
        .send(method, url, { headers: as(node), ...(body === undefined ? {} : { body }) })
        .then((answer) => answer.status);
    expect(await send('POST', '/api/v1/nodes', 'n1', { metadata: { name: 'n1' } })).toBe(201);
    expect(await send('POST', '/api/v1/nodes', 'n1', { metadata: { name: 'n2' } })).toBe(403);
    const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    expect(await send('POST', leases, 'n1', { metadata: { name: 'n1' }, spec: {} })).toBe(201);
    expect(await send('POST', leases, 'n1', { metadata: { name: 'n2' }, spec: {} })).toBe(403);
    await api.send('POST', pods(), { body: pod('mine', { nodeName: 'n1' }) });
    const status = { metadata: { name: 'mine' }, status: { phase: 'Running' } };
    expect(await send('PUT', `${pods()}/mine/status`, 'n2', status)).toBe(403);
    expect(await send('PUT', `${pods()}/mine/status`, 'n1', status)).toBe(200);
    const token = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const bound = { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'mine' } } };
    expect(await send('POST', token, 'n2', bound)).toBe(403);
    expect(await send('POST', token, 'n1', { spec: {} })).toBe(403);
    expect(await send('POST', token, 'n1', bound)).toBe(201);
    expect(await send('DELETE', `${pods()}/mine`, 'n2')).toBe(403);
    expect(await send('DELETE', `${pods()}/mine?gracePeriodSeconds=0`, 'n1')).toBe(200);
  });

  test('read the Secrets and ConfigMaps that their pods refer to, as long as these are there', async () => {
    const as = (node: string) => ({ 'impersonate-user': `system:node:${node}`, 'impersonate-group': 'system:nodes' });
    const status = async (url: string, node: string) =>
      (await api.send('GET', `/api/v1/namespaces/default/${url}`, { headers: as(node) })).status;
    for (const name of ['volume', 'env', 'pull', 'other'])
      await api.send('POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name } } });
    await api.send('POST', '/api/v1/namespaces/default/configmaps', { body: { metadata: { name: 'settings' } } });
    const spec = {
      nodeName: 'n1',
      terminationGracePeriodSeconds: 0,
      imagePullSecrets: [{ name: 'pull' }],
      volumes: [{ name: 'v', secret: { secretName: 'volume' } }],
      containers: [
        {
          name: 'c',
          image: 'i',
          envFrom: [{ configMapRef: { name: 'settings' } }],
          env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } }],
        },
      ],
    };
    expect((await api.send('POST', pods(), { body: { metadata: { name: 'reader' }, spec } })).status).toBe(201);
    for (const url of [
      'secrets/volume',
      'secrets/env',
      'secrets/pull',
      'secrets?fieldSelector=metadata.name=env',
      'configmaps/settings',
    ]) {
      expect([url, await status(url, 'n1'), await status(url, 'n2')]).toEqual([url, 200, 403]);
    }
    for (const url of ['secrets/other', 'secrets', 'configmaps'])
      expect([url, await status(url, 'n1')]).toEqual([url, 403]);
    await api.send('DELETE', `${pods()}/reader?gracePeriodSeconds=0`);
    expect(await status('secrets/env', 'n1')).toBe(403);
  });
});
