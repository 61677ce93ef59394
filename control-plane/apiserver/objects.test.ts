import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const pod = (name: string, extra: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'demo:1' }], ...extra },
});
const message = (answer: { json(): Record<string, unknown> }) => answer.json()['message'];

describe('creating', () => {
  test('gives the object its identity and answers with it', async () => {
    const answer = await api.send('POST', maps, {
      body: { ...configMap('made'), metadata: { name: 'made', uid: 'mine', generation: 5 } },
    });
    expect(answer.status).toBe(201);
    expect(answer.json()).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: 'made', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' },
    });
    const { uid, resourceVersion } = answer.json()['metadata'] as Record<string, string>;
    expect(uid).toMatch(/^[\da-f-]{36}$/);
    expect(Number(resourceVersion)).toBeGreaterThan(0);
    expect((await api.send('GET', `${maps}/made`)).json()).toEqual(answer.json());
  });

  test('makes up a name from generateName', async () => {
    const answer = await api.send('POST', maps, { body: { metadata: { generateName: 'job-' } } });
    expect(answer.json()).toMatchObject({
      metadata: { name: expect.stringMatching(/^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/) },
    });
  });

  test('refuses a name that is taken', async () => {
    await api.send('POST', maps, { body: configMap('taken') });
    const answer = await api.send('POST', maps, { body: configMap('taken') });
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({
      reason: 'AlreadyExists',
      message: 'configmaps "taken" already exists',
      details: { name: 'taken', kind: 'configmaps' },
    });
  });

  test.each([
    [{ ...configMap('x'), kind: 'Secret' }, 400, 'Secret in version "v1" cannot be handled as a ConfigMap'],
    [
      { ...configMap('x'), metadata: { name: 'x', namespace: 'other' } },
      400,
      'does not match the namespace sent on the request',
    ],
    [{ ...configMap('x'), data: { a: 1 } }, 400, 'cannot unmarshal number into Go struct field'],
    [{ metadata: {} }, 422, 'metadata.name: Required value: name or generateName is required'],
    [{ metadata: { name: 'x', labels: { 'a b': 'c' } } }, 422, 'metadata.labels: Invalid value: "a b"'],
    [
      { metadata: { name: 'x', ownerReferences: [{ kind: 'Pod' }] } },
      422,
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ],
    ['{"a":', 400, 'json parse error'],
    ['[1]', 400, 'cannot unmarshal array'],
  ])('refuses %j with %i', async (body, status, text) => {
    const answer = await api.send('POST', maps, { body });
    expect(answer.status).toBe(status);
    expect(message(answer)).toContain(text);
    expect(answer.json()).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status });
  });

  test('reads YAML, writes YAML and refuses what it cannot read', async () => {
    const headers = { 'content-type': 'application/yaml', accept: 'application/yaml' };
    const answer = await api.send('POST', maps, { body: 'metadata:\n  name: yaml\ndata:\n  a: "1"\n', headers });
    expect(answer.status).toBe(201);
    expect(answer.headers['content-type']).toContain('application/yaml');
    expect(answer.body).toContain('\nkind: ConfigMap\n');
    expect((await api.send('POST', maps, { body: 'a: b: c', headers })).status).toBe(400);
    expect((await api.send('POST', maps, { body: 'x', headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    expect((await api.send('GET', maps, { headers: { accept: 'text/html' } })).status).toBe(406);
  });

  test.each([[{ dryRun: 7 }], [{ preconditions: [] }], [{ gracePeriodSeconds: 'soon' }], [{ propagationPolicy: {} }]])(
    'refuses to delete with the options %j',
    async (body) => {
      await api.send('POST', maps, { body: configMap('kept') });
      expect((await api.send('DELETE', `${maps}/kept`, { body })).status).toBe(400);
      expect((await api.send('GET', `${maps}/kept`)).status).toBe(200);
    },
  );

  test('writes nothing in a dry run, and says what would have been written', async () => {
    const answer = await api.send('POST', `${maps}?dryRun=All`, { body: configMap('dry') });
    expect(answer.status).toBe(201);
    expect(answer.json()).toMatchObject({ metadata: { name: 'dry', uid: expect.any(String) } });
    expect((await api.send('GET', `${maps}/dry`)).status).toBe(404);
    expect((await api.send('POST', `${maps}?dryRun=Some`, { body: configMap('dry') })).status).toBe(422);
  });

  test('looks for fields that are there twice when it is asked to', async () => {
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const body =
      '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"unknownField":"foo","replicas":2,"replicas":3,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"n","image":"n"}]}}}}';
    const strict = await api.send('POST', `${deployments}?fieldValidation=Strict`, { body });
    expect(strict.status).toBe(400);
    expect(strict.json()['message']).toContain(
      'strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"',
    );
    const warned = await api.send('POST', `${deployments}?fieldValidation=Warn`, { body });
    expect(warned.status).toBe(201);
    expect(String(warned.headers['warning'])).toContain('duplicate field');
    expect(warned.json()['spec']).toMatchObject({ replicas: 3 });
    const yaml = ['metadata:', '  name: m', 'data:', '  a: "1"', '  a: "2"', ''].join('\n');
    const post = (query: string) =>
      api.send('POST', `/api/v1/namespaces/default/configmaps${query}`, {
        body: yaml,
        headers: { 'content-type': 'application/yaml' },
      });
    expect((await post('?fieldValidation=Strict')).json()['message']).toContain(
      'yaml: unmarshal errors:\n  line 5: key "a" already set in map',
    );
    expect((await post('')).json()['data']).toEqual({ a: '2' });
  });

  test('warns about unknown fields, refuses them when validation is strict and is silent when it is off', async () => {
    const body = { ...configMap('unknown'), spec: { a: 1 } };
    const strict = await api.send('POST', `${maps}?fieldValidation=Strict`, { body });
    expect([strict.status, message(strict)]).toEqual([
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "spec"',
    ]);
    const warned = await api.send('POST', maps, { body });
    expect([warned.headers['warning']].flat()).toEqual(['299 - "unknown field \\"spec\\""']);
    expect(warned.json()).not.toHaveProperty('spec');
    const silent = await api.send('POST', `${maps}?fieldValidation=Ignore`, {
      body: { ...body, metadata: { name: 'unknown2' } },
    });
    expect(silent.headers['warning']).toBeUndefined();
    const refused = await api.send('POST', maps, { body: { ...body, metadata: { name: '-' } } });
    expect([refused.status, refused.headers['warning']].flat()).toEqual([422, '299 - "unknown field \\"spec\\""']);
  });

  test('takes a body of 3 MiB and no more', async () => {
    const filled = (bytes: number) => configMap(`big-${bytes}`, { a: 'x'.repeat(bytes) });
    expect((await api.send('POST', maps, { body: filled(1024 * 1024 - 1000) })).status).toBe(201);
    const answer = await api.send('POST', maps, { body: filled(3 * 1024 * 1024) });
    expect([answer.status, answer.json()['reason']]).toEqual([413, 'RequestEntityTooLarge']);
  });
});

describe('updating', () => {
  test('replaces, keeps the identity and counts up the revision', async () => {
    const made = (await api.send('POST', maps, { body: configMap('put', { a: '1' }) })).json();
    const answer = await api.send('PUT', `${maps}/put`, { body: configMap('put', { b: '2' }) });
    expect(answer.status).toBe(200);
    const { uid, creationTimestamp, resourceVersion } = made['metadata'] as Record<string, string>;
    expect(answer.json()).toMatchObject({ data: { b: '2' }, metadata: { uid, creationTimestamp } });
    expect(answer.json()).not.toHaveProperty('data.a');
    expect(Number((answer.json()['metadata'] as Record<string, string>)['resourceVersion'])).toBeGreaterThan(
      Number(resourceVersion),
    );
  });

  test('refuses a revision that has moved, and another uid', async () => {
    const made = (await api.send('POST', maps, { body: configMap('cas') })).json() as { metadata: object };
    await api.send('PUT', `${maps}/cas`, { body: configMap('cas', { a: '1' }) });
    const stale = await api.send('PUT', `${maps}/cas`, { body: { ...made, data: { b: '2' } } });
    expect([stale.status, stale.json()['reason'], message(stale)]).toEqual([
      409,
      'Conflict',
      'Operation cannot be fulfilled on configmaps "cas": the object has been modified; please apply your changes to the latest version and try again',
    ]);
    const foreign = await api.send('PUT', `${maps}/cas`, {
      body: { ...configMap('cas'), metadata: { name: 'cas', uid: 'other' } },
    });
    expect([foreign.status, message(foreign)]).toEqual([
      409,
      expect.stringContaining('Precondition failed: UID in precondition: other'),
    ]);
  });

  test('writes nothing when nothing changes', async () => {
    const made = await api.send('POST', maps, { body: configMap('same', { a: '1' }) });
    const answer = await api.send('PUT', `${maps}/same`, { body: configMap('same', { a: '1' }) });
    expect(answer.json()).toEqual(made.json());
  });

  test('refuses a name other than that of the path, and an object that is not there', async () => {
    expect((await api.send('PUT', `${maps}/same`, { body: configMap('other') })).status).toBe(400);
    expect((await api.send('PUT', `${maps}/missing`, { body: configMap('missing') })).status).toBe(404);
  });

  test('counts generations of what is wanted, not of status or labels', async () => {
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const deployment = (replicas: number, labels: object = {}) => ({
      metadata: { name: 'gen', labels },
      spec: {
        replicas,
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
      status: { replicas: 99 },
    });
    const generation = (answer: { json(): Record<string, unknown> }) =>
      (answer.json()['metadata'] as { generation: number }).generation;
    const made = await api.send('POST', deployments, { body: deployment(1) });
    expect(generation(made)).toBe(1);
    expect(made.json()).not.toHaveProperty('status.replicas');
    expect(generation(await api.send('PUT', `${deployments}/gen`, { body: deployment(1, { x: 'y' }) }))).toBe(1);
    expect(generation(await api.send('PUT', `${deployments}/gen`, { body: deployment(2, { x: 'y' }) }))).toBe(2);
    const status = await api.send('PUT', `${deployments}/gen/status`, { body: deployment(5) });
    expect(generation(status)).toBe(2);
    expect(status.json()).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 99 } });
    const kept = await api.send('PUT', `${deployments}/gen`, { body: { ...deployment(2), status: { replicas: 1 } } });
    expect(kept.json()).toMatchObject({ status: { replicas: 99 } });
    const annotated = (path: string, value: string) =>
      api.send('PATCH', path, {
        headers: { 'content-type': 'application/merge-patch+json' },
        body: { metadata: { annotations: { a: value } } },
      });
    expect(generation(await annotated(`${deployments}/gen/status`, '1'))).toBe(2);
    expect(generation(await annotated(`${deployments}/gen`, '2'))).toBe(3);
  });
});

describe('patching', () => {
  const patch = (url: string, type: string, body: unknown) =>
    api.send('PATCH', url, { body, headers: { 'content-type': `application/${type}` } });

  test('merges, edits by operations, and merges lists by their keys', async () => {
    await api.send('POST', pods, {
      body: {
        ...pod('patched'),
        spec: {
          containers: [
            { name: 'a', image: '1' },
            { name: 'b', image: '1' },
          ],
        },
      },
    });
    await patch(`${pods}/patched`, 'merge-patch+json', { metadata: { labels: { x: '1', y: '2' } } });
    await patch(`${pods}/patched`, 'json-patch+json', [{ op: 'remove', path: '/metadata/labels/y' }]);
    const answer = await patch(`${pods}/patched`, 'strategic-merge-patch+json', {
      spec: { containers: [{ name: 'b', image: '2' }] },
    });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({
      metadata: { labels: { x: '1' } },
      spec: {
        containers: [
          { name: 'a', image: '1' },
          { name: 'b', image: '2' },
        ],
      },
    });
    expect(answer.json()).not.toHaveProperty('metadata.labels.y');
  });

  test('is tied to a revision only when it names one', async () => {
    const answer = await patch(`${pods}/patched`, 'merge-patch+json', {
      metadata: { resourceVersion: '1', labels: { z: '1' } },
    });
    expect(answer.status).toBe(409);
  });

  test.each([
    ['json-patch+json', [{ op: 'remove', path: '/metadata/nothing' }], 422],
    ['json-patch+json', { not: 'a list' }, 400],
    ['merge-patch+json', [1], 400],
    ['merge-patch+json', { kind: 'Secret' }, 422],
    ['nothing+json', {}, 415],
    ['merge-patch+json', { spec: { nodeName: 5 } }, 422],
  ])('refuses %s %j with %i', async (type, body, status) => {
    expect((await patch(`${pods}/patched`, type, body)).status).toBe(status);
  });

  test('loses nothing when many patch the same object at once', async () => {
    await api.send('POST', maps, { body: configMap('busy') });
    const answers = await Promise.all(
      Array.from({ length: 15 }, (_, index) =>
        patch(`${maps}/busy`, 'merge-patch+json', { data: { [`k${index}`]: 'v' } }),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 15 }, () => 200));
    expect(Object.keys((await api.send('GET', `${maps}/busy`)).json()['data'] as object)).toHaveLength(15);
  });

  test('changes the status alone through its subresource', async () => {
    const answer = await patch(`${pods}/patched/status`, 'merge-patch+json', {
      spec: { nodeName: 'n' },
      status: { phase: 'Running' },
    });
    expect(answer.json()).toMatchObject({ status: { phase: 'Running' } });
    expect(answer.json()).not.toHaveProperty('spec.nodeName');
  });
});

describe('deleting', () => {
  test('removes at once and answers with a Status, or with the object where upstream does', async () => {
    await api.send('POST', maps, { body: configMap('gone') });
    const answer = await api.send('DELETE', `${maps}/gone`);
    expect(answer.json()).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'gone', kind: 'configmaps', uid: expect.any(String) },
    });
    expect((await api.send('DELETE', `${maps}/gone`)).status).toBe(404);
    await api.send('POST', pods, { body: pod('gone') });
    expect((await api.send('DELETE', `${pods}/gone`)).json()).toMatchObject({ kind: 'Pod' });
    expect((await api.send('GET', `${pods}/gone`)).status).toBe(404);
  });

  test('gives a pod on a node its grace period, and the agent the last word', async () => {
    await api.send('POST', pods, { body: pod('slow', { nodeName: 'n1', terminationGracePeriodSeconds: 20 }) });
    const marked = await api.send('DELETE', `${pods}/slow`);
    expect(marked.json()).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 20, deletionTimestamp: '2026-01-01T00:00:20Z' },
    });
    // Longer than before is not given, shorter is.
    const longer = await api.send('DELETE', `${pods}/slow?gracePeriodSeconds=60`);
    expect(longer.json()).toMatchObject({ metadata: { deletionGracePeriodSeconds: 20 } });
    const shorter = await api.send('DELETE', `${pods}/slow`, { body: { gracePeriodSeconds: 5 } });
    expect(shorter.json()).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 5, deletionTimestamp: '2026-01-01T00:00:05Z' },
    });
    await api.send('DELETE', `${pods}/slow?gracePeriodSeconds=0`);
    expect((await api.send('GET', `${pods}/slow`)).status).toBe(404);
  });

  test('waits for finalizers, and goes with the last of them', async () => {
    await api.send('POST', maps, { body: { metadata: { name: 'held', finalizers: ['example.com/hold'] } } });
    const marked = await api.send('DELETE', `${maps}/held`);
    expect(marked.json()).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String), finalizers: ['example.com/hold'] },
    });
    const headers = { 'content-type': 'application/merge-patch+json' };
    const added = await api.send('PATCH', `${maps}/held`, {
      body: { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } },
      headers,
    });
    expect(added.status).toBe(422);
    await api.send('PATCH', `${maps}/held`, { body: { metadata: { finalizers: null } }, headers });
    expect((await api.send('GET', `${maps}/held`)).status).toBe(404);
  });

  test('marks for foreground deletion and for orphaning as asked', async () => {
    for (const [policy, finalizer] of [
      ['Foreground', 'foregroundDeletion'],
      ['Orphan', 'orphan'],
    ]) {
      await api.send('POST', maps, { body: configMap(`policy-${finalizer?.toLowerCase()}`) });
      const answer = await api.send('DELETE', `${maps}/policy-${finalizer?.toLowerCase()}`, {
        body: { propagationPolicy: policy },
      });
      expect(answer.json()).toMatchObject({
        metadata: { finalizers: [finalizer], deletionTimestamp: expect.any(String) },
      });
    }
    expect((await api.send('DELETE', `${maps}/same?propagationPolicy=Sideways`)).status).toBe(422);
  });

  test('holds to preconditions', async () => {
    const made = (await api.send('POST', maps, { body: configMap('pre') })).json()['metadata'] as Record<
      string,
      string
    >;
    const wrong = await api.send('DELETE', `${maps}/pre`, { body: { preconditions: { uid: 'other' } } });
    expect(wrong.status).toBe(409);
    const stale = await api.send('DELETE', `${maps}/pre`, { body: { preconditions: { resourceVersion: '1' } } });
    expect(stale.status).toBe(409);
    const right = await api.send('DELETE', `${maps}/pre`, {
      body: { preconditions: { uid: made['uid'], resourceVersion: made['resourceVersion'] } },
    });
    expect(right.status).toBe(200);
  });

  test('deletes what a selector shows', async () => {
    for (const name of ['c1', 'c2', 'c3'])
      await api.send('POST', maps, { body: { metadata: { name, labels: { set: name === 'c3' ? 'b' : 'a' } } } });
    const answer = await api.send('DELETE', `${maps}?labelSelector=set=a`);
    expect((answer.json()['items'] as unknown[]).length).toBe(2);
    expect((await api.send('GET', `${maps}/c3`)).status).toBe(200);
    expect((await api.send('DELETE', '/api/v1/namespaces')).status).toBe(405);
  });
});

describe('subresources', () => {
  test('scale shows and sets the number of replicas', async () => {
    const scale = '/apis/apps/v1/namespaces/default/deployments/gen/scale';
    const shown = (await api.send('GET', scale)).json();
    expect(shown).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 2 },
      status: { selector: 'a=b' },
    });
    expect((await api.send('PUT', scale, { body: { ...shown, spec: { replicas: 4 } } })).json()).toMatchObject({
      spec: { replicas: 4 },
    });
    expect((await api.send('PUT', scale, { body: { ...shown, spec: { replicas: 5 } } })).status).toBe(409);
    const headers = { 'content-type': 'application/merge-patch+json' };
    expect((await api.send('PATCH', scale, { body: { spec: { replicas: 0 } }, headers })).json()).toMatchObject({
      spec: { replicas: 0 },
    });
    expect((await api.send('PATCH', scale, { body: { spec: { replicas: -1 } }, headers })).status).toBe(422);
  });

  test('binding gives a pod its node, once', async () => {
    await api.send('POST', pods, { body: pod('bind') });
    const body = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'bind' },
      target: { kind: 'Node', name: 'n1' },
    };
    expect(await api.send('POST', `${pods}/bind/binding`, { body })).toMatchObject({ status: 201 });
    expect((await api.send('GET', `${pods}/bind`)).json()).toMatchObject({
      spec: { nodeName: 'n1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
    });
    const again = await api.send('POST', `${pods}/bind/binding`, { body });
    expect([again.status, message(again)]).toEqual([
      409,
      expect.stringContaining('pod bind is already assigned to node "n1"'),
    ]);
  });

  test('a pod is bound by a Binding of its namespace, too', async () => {
    await api.send('POST', pods, { body: pod('bind-as-before') });
    const body = { metadata: { name: 'bind-as-before' }, target: { kind: 'Node', name: 'n1' } };
    const bindings = pods.replace(/pods$/, 'bindings');
    expect((await api.send('POST', bindings, { body })).json()).toMatchObject({ kind: 'Status', status: 'Success' });
    expect((await api.send('GET', `${pods}/bind-as-before`)).json()).toMatchObject({ spec: { nodeName: 'n1' } });
    expect((await api.send('POST', bindings, { body: { ...body, metadata: { name: 'none' } } })).status).toBe(404);
    expect((await api.send('POST', '/api/v1/bindings', { body })).status).toBe(405);
    expect((await api.send('GET', bindings)).status).toBe(405);
  });

  test('eviction deletes', async () => {
    await api.send('POST', pods, { body: pod('evicted') });
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted' } };
    expect((await api.send('POST', `${pods}/evicted/eviction`, { body })).status).toBe(201);
    expect((await api.send('GET', `${pods}/evicted`)).status).toBe(404);
  });

  test('what is not there is not found, and what cannot be done is not allowed', async () => {
    expect((await api.send('GET', `${maps}/same/scale`)).status).toBe(404);
    expect((await api.send('GET', `${pods}/bind/nothing`)).status).toBe(404);
    expect((await api.send('DELETE', `${pods}/bind/status`)).status).toBe(405);
    expect((await api.send('POST', `${maps}/same`, { body: configMap('same') })).status).toBe(405);
    expect((await api.send('GET', '/apis/nothing.io/v1/things')).status).toBe(404);
  });
});

describe('views', () => {
  test('Events are the same objects under both of their groups', async () => {
    const event = {
      metadata: { name: 'e1' },
      regarding: { kind: 'Pod', name: 'bind', namespace: 'default' },
      reason: 'Tested',
      note: 'it was tested',
      type: 'Normal',
      action: 'Test',
      reportingController: 'test',
      reportingInstance: 'test-1',
      eventTime: '2026-01-01T00:00:00.000000Z',
    };
    const made = await api.send('POST', '/apis/events.k8s.io/v1/namespaces/default/events', { body: event });
    expect(made.json()).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: 'it was tested',
      regarding: { name: 'bind' },
    });
    const core = await api.send('GET', '/api/v1/namespaces/default/events/e1');
    expect(core.json()).toMatchObject({
      apiVersion: 'v1',
      kind: 'Event',
      message: 'it was tested',
      involvedObject: { name: 'bind' },
    });
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patched = await api.send('PATCH', '/apis/events.k8s.io/v1/namespaces/default/events/e1', {
      body: { note: 'again' },
      headers,
    });
    expect(patched.json()).toMatchObject({ note: 'again' });
    expect(
      (await api.send('GET', '/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=bind')).json()[
        'items'
      ],
    ).toHaveLength(1);
  });

  test('autoscalers can be written in version 1 and read in version 2', async () => {
    const url = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
    const spec = {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gen' },
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 60,
    };
    const made = await api.send('POST', url('v1'), { body: { metadata: { name: 'h' }, spec } });
    expect(made.json()).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 60 } });
    expect((await api.send('GET', `${url('v2')}/h`)).json()).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 60 } } }] },
    });
  });
});
