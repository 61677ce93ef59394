import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  clusterRoleBindings,
  clusterRoles,
  pods,
  roleBindings,
  secrets,
  serviceAccounts,
} from '../../lib/kube/resources.ts';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';

const rbac = 'rbac.authorization.k8s.io';
let api: ApiUnderTest;
let reader = '';

beforeAll(async () => {
  api = await ApiUnderTest.start();
  reader = await api.tokenOf('reader');
  await api.core.client.create(roleBindings, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'reader', namespace: 'default' },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'kube-system' }],
  });
});
afterAll(() => api.stop());

const message = (answer: { json(): Record<string, unknown> }) => answer.json()['message'];

describe('who asks', () => {
  test('nobody may see health and version, and nothing else', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/version'])
      expect([path, (await api.send('GET', path, { token: '' })).status]).toEqual([path, 200]);
    for (const path of ['/api', '/apis', '/metrics', '/openapi/v3', '/api/v1/pods', '/']) {
      expect([path, (await api.send('GET', path, { token: '' })).status]).toEqual([path, 403]);
    }
    expect(message(await api.send('GET', '/metrics', { token: '' }))).toBe(
      'forbidden: User "system:anonymous" cannot get path "/metrics"',
    );
  });

  test.each([
    'nonsense',
    'a.b.c',
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6a3ViZS1zeXN0ZW06YWRtaW4ifQ.',
  ])('a token that does not hold is unauthorized: %s', async (token) => {
    const answer = await api.send('GET', '/version', { token });
    expect([answer.status, answer.json()['reason'], message(answer)]).toEqual([401, 'Unauthorized', 'Unauthorized']);
  });

  test('a scheme that is not understood says nothing of who asks', async () => {
    const basic = { token: '', headers: { authorization: 'Basic YTpi' } };
    expect((await api.send('GET', '/version', basic)).status).toBe(200);
    expect((await api.send('GET', '/api/v1/pods', basic)).json()['message']).toContain('User "system:anonymous"');
  });

  test('a token that is bound to a secret ends with it', async () => {
    const key = { namespace: 'kube-system', name: 'short' };
    await api.tokenOf('short');
    const secret = { metadata: { name: 'held', namespace: 'kube-system' } };
    await api.core.client.create(secrets, { apiVersion: 'v1', kind: 'Secret', ...secret });
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'held' } },
    };
    const answer = await api.core.client.createSubresource(serviceAccounts, key, 'token', body);
    const { token } = (answer as { status?: { token: string } }).status ?? { token: '' };
    const ask = () => api.send('GET', '/api', { token }).then(({ status }) => status);
    expect(await ask()).toBe(200);
    await api.core.client.delete(secrets, secret.metadata);
    expect(await ask()).toBe(401);
  });

  test('a token ends with its account, with its pod and with its time', async () => {
    const ask = (token: string) => api.send('GET', '/api', { token }).then((answer) => answer.status);
    const key = { namespace: 'kube-system', name: 'short' };
    const token = await api.tokenOf('short');
    expect(await ask(token)).toBe(200);
    await api.core.client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'bound', namespace: 'kube-system' },
      spec: { serviceAccountName: 'short', containers: [{ name: 'c', image: 'i' }] },
    });
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'bound' } },
    };
    const bound = (await api.core.client.createSubresource(serviceAccounts, key, 'token', body)) as {
      status?: { token: string };
    };
    const boundToken = bound.status?.token ?? '';
    expect(await ask(boundToken)).toBe(200);
    await api.core.client.delete(pods, { namespace: 'kube-system', name: 'bound' });
    expect(await ask(boundToken)).toBe(401);
    expect(await ask(token)).toBe(200);
    await api.core.client.delete(serviceAccounts, key);
    expect(await ask(token)).toBe(401);
    const again = await api.tokenOf('short');
    expect(await ask(again)).toBe(200);
    await api.clock.advance(86_400_000 + 20_000);
    expect(await ask(again)).toBe(401);
    reader = await api.tokenOf('reader');
  });

  test('a token for another audience is not for this API, and a review says whom it is for', async () => {
    const admin = await api.tokenOf('admin');
    const request = (spec: object) =>
      api.send('POST', '/api/v1/namespaces/kube-system/serviceaccounts/reader/token', { token: admin, body: { spec } });
    const made = await request({ audiences: ['vault'], expirationSeconds: 900 });
    const { token, expirationTimestamp } = made.json()['status'] as { token: string; expirationTimestamp: string };
    expect(Date.parse(expirationTimestamp)).toBe(api.clock.now() + 900_000);
    expect((await api.send('GET', '/api', { token })).status).toBe(401);
    const review = async (spec: object) =>
      (await api.send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { token: admin, body: { spec } })).json()[
        'status'
      ];
    expect(await review({ token, audiences: ['vault', 'other'] })).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
      user: {
        username: 'system:serviceaccount:kube-system:reader',
        groups: expect.arrayContaining(['system:serviceaccounts:kube-system']),
      },
    });
    expect(await review({ token })).toMatchObject({ authenticated: false });
    expect((await request({ expirationSeconds: 10 })).status).toBe(422);
  });

  test('says who one is', async () => {
    const answer = await api.send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      token: reader,
      body: {},
    });
    expect(answer.json()).toMatchObject({
      status: { userInfo: { username: 'system:serviceaccount:kube-system:reader' } },
    });
  });
});

describe('what one may', () => {
  test('is what roles allow, in the namespaces of their bindings', async () => {
    const status = async (method: 'GET' | 'POST' | 'DELETE', url: string) =>
      (await api.send(method, url, { token: reader, ...(method === 'POST' ? { body: {} } : {}) })).status;
    expect(await status('GET', '/api/v1/namespaces/default/pods')).toBe(200);
    expect(await status('GET', '/api/v1/namespaces/default/secrets')).toBe(403);
    expect(await status('POST', '/api/v1/namespaces/default/configmaps')).toBe(403);
    expect(await status('GET', '/api/v1/namespaces/kube-system/pods')).toBe(403);
    expect(await status('GET', '/api/v1/pods')).toBe(403);
    expect(await status('DELETE', '/api/v1/namespaces/default')).toBe(403);
    expect(message(await api.send('POST', '/api/v1/namespaces/default/pods/x/exec', { token: reader }))).toBe(
      'pods "x" is forbidden: User "system:serviceaccount:kube-system:reader" cannot create resource "pods/exec" in API group "" in the namespace "default"',
    );
  });

  test('is asked for by reviews', async () => {
    const review = async (kind: string, spec: object, namespace = '') =>
      (
        await api.send('POST', `/apis/authorization.k8s.io/v1${namespace}/${kind}`, {
          token: await api.tokenOf('admin'),
          body: { spec },
        })
      ).json();
    const resourceAttributes = { verb: 'get', resource: 'pods', subresource: 'log', namespace: 'default' };
    const user = 'system:serviceaccount:kube-system:reader';
    expect(await review('subjectaccessreviews', { user, resourceAttributes })).toMatchObject({
      status: { allowed: true, reason: expect.stringContaining('view') },
    });
    expect(
      await review('subjectaccessreviews', { user, resourceAttributes: { ...resourceAttributes, namespace: 'other' } }),
    ).toMatchObject({ status: { allowed: false } });
    expect(
      await review('localsubjectaccessreviews', { user, resourceAttributes }, '/namespaces/default'),
    ).toMatchObject({ status: { allowed: true } });
    expect(await review('localsubjectaccessreviews', { user, resourceAttributes }, '/namespaces/other')).toMatchObject({
      code: 422,
    });
    expect(
      await review('selfsubjectaccessreviews', { resourceAttributes: { verb: '*', resource: '*', group: '*' } }),
    ).toMatchObject({ status: { allowed: true } });
    expect(
      await review('selfsubjectaccessreviews', { nonResourceAttributes: { verb: 'get', path: '/metrics' } }),
    ).toMatchObject({ status: { allowed: true } });
    expect(await review('subjectaccessreviews', { resourceAttributes })).toMatchObject({ code: 422 });
    const rules = await api.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      token: reader,
      body: { spec: { namespace: 'default' } },
    });
    expect(rules.json()).toMatchObject({
      status: {
        incomplete: false,
        resourceRules: expect.arrayContaining([expect.objectContaining({ resources: ['endpointslices'] })]),
      },
    });
  });

  test('is that of another for who may impersonate him', async () => {
    const as = (token: string, headers: Record<string, string>) =>
      api.send('GET', '/api/v1/namespaces/default/pods', { token, headers });
    const admin = await api.tokenOf('admin');
    expect((await as(admin, { 'impersonate-user': 'nobody' })).status).toBe(403);
    expect((await as(admin, { 'impersonate-user': 'system:serviceaccount:kube-system:reader' })).status).toBe(200);
    expect((await as(admin, { 'impersonate-user': 'x', 'impersonate-group': 'system:masters' })).status).toBe(200);
    expect((await as(admin, { 'impersonate-group': 'system:masters' })).status).toBe(400);
    expect(message(await as(reader, { 'impersonate-user': 'admin' }))).toContain('cannot impersonate resource "users"');
  });

  test('grows with roles that are aggregated, once their rules are written', async () => {
    const status = async () => (await api.send('GET', '/api/v1/namespaces/default/secrets', { token: reader })).status;
    expect(await status()).toBe(403);
    const name = 'more-to-view';
    await api.core.client.create(clusterRoles, {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name, labels: { [`${rbac}/aggregate-to-view`]: 'true' } },
      rules: [{ verbs: ['list'], apiGroups: [''], resources: ['secrets'] }],
    });
    await api.clock.advance(0);
    expect(await status()).toBe(200);
    await api.core.client.delete(clusterRoles, { name });
    await api.clock.advance(0);
    expect(await status()).toBe(403);
  });

  test('ends with the binding', async () => {
    const token = await api.tokenOf('briefly');
    const status = async () => (await api.send('GET', '/api/v1/nodes', { token })).status;
    await api.core.client.create(clusterRoleBindings, {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'briefly' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'briefly', namespace: 'kube-system' }],
    });
    expect(await status()).toBe(200);
    await api.core.client.delete(clusterRoleBindings, { name: 'briefly' });
    expect(await status()).toBe(403);
  });

  test('cannot be given away by who does not have it', async () => {
    const token = await api.tokenOf('manager');
    const role = (name: string, rules: object[]) => ({ metadata: { name }, rules });
    await api.core.client.create(clusterRoles, {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'role-manager' },
      rules: [
        { verbs: ['*'], apiGroups: [rbac], resources: ['clusterroles', 'clusterrolebindings'] },
        { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] },
      ].map((rule, index) => (index === 0 ? { ...rule, verbs: ['create', 'update', 'get', 'list'] } : rule)),
    });
    await api.core.client.create(clusterRoleBindings, {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'manager' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'role-manager' },
      subjects: [{ kind: 'ServiceAccount', name: 'manager', namespace: 'kube-system' }],
    });
    const url = `/apis/${rbac}/v1/clusterroles`;
    const own = await api.send('POST', url, {
      token,
      body: role('own', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]),
    });
    expect(own.status).toBe(201);
    const more = await api.send('POST', url, {
      token,
      body: role('more', [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }]),
    });
    expect([more.status, message(more)]).toEqual([
      403,
      expect.stringContaining('is attempting to grant RBAC permissions not currently held'),
    ]);
    const bind = await api.send('POST', `/apis/${rbac}/v1/clusterrolebindings`, {
      token,
      body: {
        metadata: { name: 'up' },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [],
      },
    });
    expect(bind.status).toBe(403);
  });
});
