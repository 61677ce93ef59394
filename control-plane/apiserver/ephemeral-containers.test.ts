import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterRoles, roleBindings, serviceAccounts } from '../../lib/kube/resources.ts';
import { eventually } from '../../test/support/eventually.ts';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';

/** `pods/ephemeralcontainers` over HTTP, as `kubectl debug` and conformance tests use it. */

const rbac = 'rbac.authorization.k8s.io';
const pods = '/api/v1/namespaces/default/pods';
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
const apply = { 'content-type': 'application/apply-patch+yaml' };

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

type Answer = Awaited<ReturnType<ApiUnderTest['send']>>;
const message = (answer: Answer) => answer.json()['message'];
const specOf = (answer: Answer) => answer.json()['spec'] as { ephemeralContainers?: { name: string }[] };
const namesOf = (answer: Answer) => specOf(answer).ephemeralContainers?.map(({ name }) => name);
const causesOf = (answer: Answer) =>
  (answer.json()['details'] as { causes: { field: string; message: string }[] }).causes.map(
    (cause) => `${cause.field}: ${cause.message}`,
  );

const debuggerOf = (name: string, over: object = {}) => ({ name, image: 'busybox:1', ...over });
const at = (name: string) => `${pods}/${name}/ephemeralcontainers`;

async function makePod(name: string): Promise<void> {
  const spec = {
    containers: [{ name: 'main', image: 'demo:1' }],
    initContainers: [{ name: 'init', image: 'demo:1' }],
    volumes: [{ name: 'scratch', emptyDir: {} }],
  };
  const answer = await api.send('POST', pods, { body: { metadata: { name, labels: { a: 'b' } }, spec } });
  expect(answer.status).toBe(201);
}

const add = (pod: string, containers: unknown, token?: string) =>
  api.send('PATCH', at(pod), {
    headers: strategic,
    body: { spec: { ephemeralContainers: containers } },
    ...(token === undefined ? {} : { token }),
  });

describe('adding ephemeral containers', () => {
  test('a strategic patch adds by name, with defaults, and counts as a change of what is wanted', async () => {
    await makePod('patched');
    const first = await add('patched', [debuggerOf('one', { targetContainerName: 'main', stdin: true, tty: true })]);
    expect(first.status).toBe(200);
    expect(first.json()).toMatchObject({ kind: 'Pod', metadata: { generation: 2 } });
    expect(specOf(first).ephemeralContainers).toEqual([
      {
        name: 'one',
        image: 'busybox:1',
        imagePullPolicy: 'IfNotPresent',
        resources: {},
        stdin: true,
        targetContainerName: 'main',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        tty: true,
      },
    ]);
    expect(namesOf(await add('patched', [debuggerOf('two')]))?.sort()).toEqual(['one', 'two']);
    expect(namesOf(await api.send('GET', at('patched')))?.sort()).toEqual(['one', 'two']);
  });

  test('a PUT replaces the list and nothing else of the pod', async () => {
    await makePod('put');
    const before = (await api.send('GET', at('put'))).json() as { metadata: object; spec: object; status: object };
    const body = {
      ...before,
      metadata: { ...before.metadata, labels: { changed: 'yes' } },
      spec: {
        ...before.spec,
        activeDeadlineSeconds: 9,
        containers: [{ name: 'main', image: 'other:2' }],
        ephemeralContainers: [debuggerOf('one', { volumeMounts: [{ name: 'scratch', mountPath: '/s' }] })],
      },
      status: { phase: 'Running' },
    };
    const answer = await api.send('PUT', at('put'), { body });
    expect(answer.status).toBe(200);
    const { ephemeralContainers, ...rest } = specOf(answer);
    expect(ephemeralContainers).toHaveLength(1);
    expect({ spec: rest, status: answer.json()['status'] }).toEqual({ spec: before.spec, status: before.status });
    expect(answer.json()).toMatchObject({ metadata: { labels: { a: 'b' } } });
    expect((await api.send('PUT', at('put'), { body })).status).toBe(409);
  });

  test('server-side apply adds by name and keeps account of who did', async () => {
    await makePod('applied');
    const body = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'applied' },
      spec: { ephemeralContainers: [debuggerOf(name)] },
    });
    const send = (name: string) =>
      api.send('PATCH', `${at('applied')}?fieldManager=${name}`, { headers: apply, body: body(name) });
    expect((await send('one')).status).toBe(200);
    const second = await send('two');
    expect(namesOf(second)?.sort()).toEqual(['one', 'two']);
    expect(second.json()).toMatchObject({
      metadata: {
        managedFields: expect.arrayContaining([
          expect.objectContaining({ manager: 'two', operation: 'Apply', subresource: 'ephemeralcontainers' }),
        ]),
      },
    });
    expect(await send('two')).toMatchObject({ status: 200 });
  });

  test('an update of the pod itself, and a new pod, cannot have others', async () => {
    await makePod('plain');
    const spec = { ephemeralContainers: [debuggerOf('one')] };
    const patched = await api.send('PATCH', `${pods}/plain`, { headers: strategic, body: { spec } });
    expect(patched.status).toBe(422);
    expect(message(patched)).toContain('spec: Forbidden: pod updates may not change fields other than');
    const made = await api.send('POST', pods, {
      body: { metadata: { name: 'made' }, spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec } },
    });
    expect(causesOf(made)).toEqual(['spec.ephemeralContainers: Forbidden: cannot be set on create']);
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec } };
    const set = await api.send('POST', '/apis/apps/v1/namespaces/default/replicasets', {
      body: { metadata: { name: 'set' }, spec: { selector: { matchLabels: { a: 'b' } }, template } },
    });
    expect(causesOf(set)).toEqual([
      'spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template',
    ]);
  });

  test('a pod that has some can still be bound, changed and given a status', async () => {
    await makePod('bound');
    await add('bound', [debuggerOf('one')]);
    const body = { target: { kind: 'Node', name: 'node-1' } };
    expect((await api.send('POST', `${pods}/bound/binding`, { body })).status).toBe(201);
    const labelled = { metadata: { labels: { c: 'd' } } };
    expect((await api.send('PATCH', `${pods}/bound`, { headers: strategic, body: labelled })).status).toBe(200);
    const status = { status: { ephemeralContainerStatuses: [{ name: 'one', state: { running: {} } }] } };
    const answer = await api.send('PATCH', `${pods}/bound/status`, { headers: strategic, body: status });
    expect(answer.json()).toMatchObject(status);
  });

  let refusals = 0;
  const forbidden = 'Forbidden: cannot be set for an Ephemeral Container';
  test.each<[string, object, readonly string[]]>([
    ['no image', { name: 'one' }, ['[0].image: Required value']],
    ['the name of a container', debuggerOf('main'), ['[0].name: Duplicate value: "main"']],
    ['the name of an init container', debuggerOf('init'), ['[0].name: Duplicate value: "init"']],
    ['ports', debuggerOf('one', { ports: [{ containerPort: 80 }] }), [`[0].ports: ${forbidden}`]],
    ['resources', debuggerOf('one', { resources: { limits: { cpu: '1' } } }), [`[0].resources: ${forbidden}`]],
    [
      'probes and hooks',
      debuggerOf('one', {
        livenessProbe: { exec: { command: ['true'] } },
        readinessProbe: { exec: { command: ['true'] } },
        startupProbe: { exec: { command: ['true'] } },
        lifecycle: { preStop: { exec: { command: ['true'] } } },
      }),
      ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'].map((field) => `[0].${field}: ${forbidden}`),
    ],
    ['a restart policy', debuggerOf('one', { restartPolicy: 'Always' }), [`[0].restartPolicy: ${forbidden}`]],
    ['an unknown target', debuggerOf('one', { targetContainerName: 'x' }), ['[0].targetContainerName: Not found: "x"']],
    [
      'a part of a volume',
      debuggerOf('one', { volumeMounts: [{ name: 'scratch', mountPath: '/s', subPath: 'a' }] }),
      [`[0].volumeMounts[0].subPath: ${forbidden}`],
    ],
    [
      'an unknown volume',
      debuggerOf('one', { volumeMounts: [{ name: 'none', mountPath: '/s' }] }),
      ['[0].volumeMounts[0].name: Not found: "none"'],
    ],
  ])('refuses one with %s', async (_what, container, causes) => {
    const pod = `refused-${refusals++}`;
    await makePod(pod);
    const answer = await add(pod, [container]);
    expect(answer.status).toBe(422);
    expect(causesOf(answer)).toEqual(causes.map((cause) => `spec.ephemeralContainers${cause}`));
    expect(namesOf(await api.send('GET', `${pods}/${pod}`))).toBeUndefined();
  });

  test('none is taken away or changed', async () => {
    await makePod('kept');
    await add('kept', [debuggerOf('one')]);
    const changed = await add('kept', [debuggerOf('one', { image: 'busybox:2' })]);
    expect(causesOf(changed)).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "one" may not be changed\n',
    ]);
    const removed = await add('kept', [{ name: 'one', $patch: 'delete' }]);
    expect(causesOf(removed)).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "one" may not be removed\n',
    ]);
    expect(namesOf(await api.send('GET', `${pods}/kept`))).toEqual(['one']);
  });
});

describe('who may add them', () => {
  test('not who may merely edit or administer a namespace, but whoever is given it', async () => {
    await makePod('guarded');
    const token = await api.tokenOf('editor');
    const binding = (name: string, role: string) =>
      api.core.client.create(roleBindings, {
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: { name, namespace: 'default' },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'ServiceAccount', name: 'editor', namespace: 'kube-system' }],
      });
    await binding('editor-edit', 'edit');
    await binding('editor-admin', 'admin');
    const refused = await eventually('the edit role works', async () => {
      const reads = await api.send('GET', `${pods}/guarded`, { token });
      return reads.status === 200 && (await add('guarded', [debuggerOf('one')], token));
    });
    expect(refused.status).toBe(403);
    expect(message(refused)).toContain('cannot patch resource "pods/ephemeralcontainers" in API group ""');
    await api.core.client.create(clusterRoles, {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'debug', labels: { [`${rbac}/aggregate-to-edit`]: 'true' } },
      rules: [{ apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['get', 'patch', 'update'] }],
    });
    await binding('editor-debug', 'debug');
    await eventually(
      'the further role works',
      async () => (await add('guarded', [debuggerOf('one')], token)).status === 200,
    );
  });
});

describe('pod security', () => {
  test('holds for added containers as for those that a pod began with', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
    await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'guarded', labels } } });
    const guarded = '/api/v1/namespaces/guarded/pods';
    await api.core.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'guarded' } });
    const spec = { containers: [{ name: 'main', image: 'demo:1' }] };
    expect((await api.send('POST', guarded, { body: { metadata: { name: 'p' }, spec } })).status).toBe(201);
    const withSecurity = (securityContext: object) =>
      api.send('PATCH', `${guarded}/p/ephemeralcontainers`, {
        headers: strategic,
        body: { spec: { ephemeralContainers: [debuggerOf('one', { securityContext })] } },
      });
    const refused = await withSecurity({ privileged: true });
    expect(refused.status).toBe(403);
    expect(message(refused)).toContain(
      'violates PodSecurity "baseline:latest": privileged (container "one" must not set securityContext.privileged=true)',
    );
    expect((await withSecurity({ privileged: false })).status).toBe(200);
  });
});

describe('what the server says of it', () => {
  test('discovery and the OpenAPI document name the subresource with its verbs', async () => {
    const { resources } = (await api.send('GET', '/api/v1')).json() as { resources: { name: string }[] };
    expect(resources.find(({ name }) => name === 'pods/ephemeralcontainers')).toEqual({
      name: 'pods/ephemeralcontainers',
      singularName: '',
      namespaced: true,
      kind: 'Pod',
      verbs: ['get', 'patch', 'update'],
    });
    const { paths } = (await api.send('GET', '/openapi/v3/api/v1')).json() as { paths: Record<string, object> };
    const path = paths['/api/v1/namespaces/{namespace}/pods/{name}/ephemeralcontainers'];
    expect(Object.keys(path ?? {}).sort()).toEqual(['get', 'parameters', 'patch', 'put']);
  });

  test('there is nothing of the kind on other objects, and nothing else can be done with it', async () => {
    expect((await api.send('GET', '/api/v1/namespaces/default/configmaps/x/ephemeralcontainers')).status).toBe(404);
    await makePod('deleted');
    expect((await api.send('DELETE', at('deleted'))).status).toBe(405);
    expect((await add('nowhere', [debuggerOf('one')])).status).toBe(404);
  });
});
