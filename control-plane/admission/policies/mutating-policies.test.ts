import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiUnderTest, type Answer } from '../../../test/support/api-under-test.ts';
import { widget, widgetCrd } from '../../../test/support/crd-builders.ts';
import { TlsWebhook } from '../../../test/support/tls-webhook.ts';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await ApiUnderTest.start();
});
afterEach(() => api.stop());

const root = '/apis/admissionregistration.k8s.io/v1';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const on = (group: string, ...resources: string[]) => ({
  resourceRules: [{ apiGroups: [group], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources }],
});
const configuration = (expression: string) => ({
  patchType: 'ApplyConfiguration',
  applyConfiguration: { expression },
});
const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });

const makePolicy = (name: string, spec: object) =>
  api.send('POST', `${root}/mutatingadmissionpolicies`, {
    body: {
      metadata: { name },
      spec: { matchConstraints: on('apps', 'deployments'), reinvocationPolicy: 'Never', ...spec },
    },
  });

async function policy(name: string, spec: object, binding: object = {}): Promise<void> {
  const made = await makePolicy(name, spec);
  expect(made.status, made.body).toBe(201);
  const bound = await api.send('POST', `${root}/mutatingadmissionpolicybindings`, {
    body: { metadata: { name }, spec: { policyName: name, ...binding } },
  });
  expect(bound.status, bound.body).toBe(201);
}

const deploy = (name = 'one', more: object = {}): Promise<Answer> =>
  api.send('POST', deployments, {
    body: {
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'main', image: 'a:1', args: ['x'] }] },
        },
        ...more,
      },
    },
  });

describe('an apply configuration', () => {
  test('is laid over the object: annotations are added', async () => {
    await policy('p', {
      mutations: [
        configuration('Object{metadata: Object.metadata{annotations: {"my-foo-annotation": "myAnnotationValue"}}}'),
      ],
    });
    expect((await deploy()).json()['metadata']).toMatchObject({
      annotations: { 'my-foo-annotation': 'myAnnotationValue' },
    });
  });

  test('merges lists by their keys, and later mutations see what earlier ones made', async () => {
    await policy('p', {
      variables: [{ name: 'image', expression: '"side:" + string(object.spec.replicas)' }],
      mutations: [
        configuration(
          'Object{spec: Object.spec{replicas: 3, template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "side", image: variables.image}, Object.spec.template.spec.containers{name: "main", image: "b:2"}]}}}}',
        ),
        configuration('Object{metadata: Object.metadata{labels: {"replicas": string(object.spec.replicas)}}}'),
      ],
    });
    const made = (await deploy()).json() as {
      metadata: object;
      spec: { template: { spec: { containers: { name: string }[] } } };
    };
    expect(made.metadata).toMatchObject({ labels: { replicas: '3' } });
    const containers = new Map(made.spec.template.spec.containers.map((one) => [one.name, one]));
    expect(containers.get('main')).toMatchObject({ image: 'b:2', args: ['x'] });
    // What was added is filled in like anything that was sent.
    expect(containers.get('side')).toMatchObject({ image: 'side:1', imagePullPolicy: 'IfNotPresent' });
  });

  test.each([
    [
      'changes lists that are replaced as a whole',
      'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "main", args: ["y"]}]}}}}',
      'may not mutate atomic arrays, maps or structs: .spec.template.spec.containers[0].args',
    ],
    [
      'is of the wrong type',
      'Object{spec: Object.wrong{replicas: 1}}',
      'type mismatch: unexpected type name "Object.wrong", expected "Object.spec"',
    ],
    ['gives a number for a text', 'Object{spec: Object.spec{replicas: "x"}}', 'json: cannot unmarshal string'],
    ['asks for what is not there', 'Object{spec: Object.spec{replicas: object.nothing}}', 'No such key: nothing'],
    [
      'would run for ever',
      'Object{spec: Object.spec{replicas: size([1,2,3,4,5,6,7,8,9,10].map(a, [1,2,3,4,5,6,7,8,9,10].map(b, [1,2,3,4,5,6,7,8,9,10].map(c, [1,2,3,4,5,6,7,8,9,10].map(d, [1,2,3,4,5,6,7,8,9,10].map(e, 1))))))}}',
      'operation cancelled: actual cost limit exceeded',
    ],
  ])('that %s fails, and the request with it', async (_, expression, message) => {
    await policy('p', { mutations: [configuration(expression)] });
    const answer = await deploy();
    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ reason: 'Invalid' });
    expect(answer.json()['message']).toContain(`policy 'p' with binding 'p' denied request: `);
    expect(answer.json()['message']).toContain(message);
  });

  test('that fails is skipped where failures are ignored', async () => {
    const failing = configuration('Object{spec: Object.spec{replicas: object.nothing}}');
    const other = configuration('Object{metadata: Object.metadata{labels: {"seen": "yes"}}}');
    await policy('p', { failurePolicy: 'Ignore', mutations: [failing, other] });
    expect((await deploy()).json()).toMatchObject({ metadata: { labels: { seen: 'yes' } }, spec: { replicas: 1 } });
  });
});

describe('a JSON patch', () => {
  test('changes any place, with escaped keys and objects as values', async () => {
    await policy('p', {
      mutations: [
        patch(
          '[JSONPatch{op: "add", path: "/metadata/annotations", value: {"x": "y"}}, JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("example.com/env"), value: "test"}, JSONPatch{op: "add", path: "/spec/template/spec/containers/-", value: Object.spec.template.spec.containers{name: "side", image: "s:1"}}, JSONPatch{op: "replace", path: "/spec/template/spec/containers/0/args", value: ["z"]}]',
        ),
      ],
    });
    expect((await deploy()).json()).toMatchObject({
      metadata: { annotations: { x: 'y', 'example.com/env': 'test' } },
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'main', args: ['z'] },
              { name: 'side', image: 's:1' },
            ],
          },
        },
      },
    });
  });

  test('whose test fails does nothing, and one that does not fit is refused', async () => {
    await policy('a', {
      mutations: [
        patch(
          '[JSONPatch{op: "test", path: "/spec/replicas", value: 9}, JSONPatch{op: "replace", path: "/spec/replicas", value: 2}]',
        ),
      ],
    });
    expect((await deploy()).json()).toMatchObject({ spec: { replicas: 1 } });
    await policy('b', { mutations: [patch('[JSONPatch{op: "remove", path: "/spec/nothing"}]')] });
    expect((await deploy('two')).json()['message']).toContain("policy 'b' with binding 'b' denied request: JSONPath:");
  });
});

describe('a policy', () => {
  const label = (name: string, value: string) =>
    configuration(`Object{metadata: Object.metadata{labels: {"${name}": ${value}}}}`);

  test('is asked by its constraints, those of its binding and its conditions', async () => {
    await policy('p', {
      matchConditions: [{ name: 'few', expression: 'object.spec.replicas < 3' }],
      mutations: [label('p', '"yes"')],
    });
    await policy('q', { mutations: [label('q', '"yes"')] }, { matchResources: on('apps', 'replicasets') });
    expect((await deploy('few', { replicas: 2 })).json()['metadata']).toMatchObject({ labels: { p: 'yes' } });
    expect((await deploy('few2', { replicas: 2 })).json()['metadata']).not.toMatchObject({ labels: { q: 'yes' } });
    expect((await deploy('many', { replicas: 3 })).json()['metadata']).not.toHaveProperty('labels');
  });

  test('takes parameters', async () => {
    const params = (name: string, value: string) =>
      api.send('POST', '/api/v1/namespaces/default/configmaps', {
        body: { metadata: { name, labels: { params: 'yes' } }, data: { value } },
      });
    await params('a', 'A');
    await policy(
      'p',
      {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        mutations: [label('p', 'params.data.value + string(request.operation)')],
      },
      { paramRef: { name: 'a', parameterNotFoundAction: 'Deny' } },
    );
    expect((await deploy()).json()['metadata']).toMatchObject({ labels: { p: 'ACREATE' } });
    await api.send('DELETE', '/api/v1/namespaces/default/configmaps/a');
    expect((await deploy('two')).json()['message']).toContain('no params found for policy binding with `Deny`');
  });

  test('changes custom objects, which are pruned and checked afterwards', async () => {
    const crd = widgetCrd({
      type: 'object',
      properties: { size: { type: 'integer', maximum: 5 }, mode: { type: 'string', default: 'slow' } },
    });
    await api.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: crd });
    await policy('p', {
      matchConstraints: on('shop.example.com', 'widgets'),
      mutations: [configuration('Object{spec: Object.spec{size: object.spec.size + 1, unknown: "x"}}')],
    });
    const widgets = '/apis/shop.example.com/v1/namespaces/default/widgets';
    const make = (name: string, size: number) => api.send('POST', widgets, { body: widget(name, { size }) });
    expect((await make('one', 1)).json()['spec']).toEqual({ size: 2, mode: 'slow' });
    expect((await make('two', 5)).status).toBe(422);
  });

  test('is invoked once more when others change the object after it, if it wants to', async () => {
    const count = (name: string) =>
      configuration(
        `Object{metadata: Object.metadata{labels: {"${name}": string(size(object.metadata.?labels.orValue({})))}}}`,
      );
    await policy('a', { reinvocationPolicy: 'IfNeeded', mutations: [count('a')] });
    await policy('b', { reinvocationPolicy: 'Never', mutations: [count('b')] });
    await policy('c', { reinvocationPolicy: 'IfNeeded', mutations: [label('c', '"x"')] });
    expect((await deploy()).json()['metadata']).toMatchObject({ labels: { a: '3', b: '1', c: 'x' } });
  });

  test('comes before webhooks, and again after them', async () => {
    const hook = await TlsWebhook.start();
    try {
      await policy('p', {
        reinvocationPolicy: 'IfNeeded',
        mutations: [label('copies', 'object.metadata.?labels.?hook.orValue("none")')],
      });
      hook.says = () => ({
        allowed: true,
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify([{ op: 'add', path: '/metadata/labels/hook', value: 'hooked' }])).toString(
          'base64',
        ),
      });
      await api.send('POST', `${root}/mutatingwebhookconfigurations`, {
        body: {
          metadata: { name: 'w' },
          webhooks: [
            {
              name: 'w.example.com',
              admissionReviewVersions: ['v1'],
              sideEffects: 'None',
              rules: on('apps', 'deployments').resourceRules,
              clientConfig: hook.clientConfig(),
            },
          ],
        },
      });
      const made = await deploy();
      expect(made.json()['metadata']).toMatchObject({ labels: { hook: 'hooked', copies: 'hooked' } });
      expect(hook.asked.map(({ review }) => review.request['object'])).toMatchObject([
        { metadata: { labels: { copies: 'none' } } },
      ]);
    } finally {
      hook.stop();
    }
  });

  test.each<[string, object, string]>([
    ['nothing to do', { mutations: [] }, 'spec.mutations: Required value: mutations must contain at least one item'],
    [
      'an unknown patch type',
      { mutations: [{ patchType: 'Merge' }] },
      'supported values: "ApplyConfiguration", "JSONPatch"',
    ],
    ['no expression', { mutations: [{ patchType: 'JSONPatch' }] }, 'spec.mutations[0].jsonPatch: Required value'],
    ['a map for an object', { mutations: [configuration('{"a": 1}')] }, 'must evaluate to Object'],
    ['an object for a patch', { mutations: [patch('Object{}')] }, 'must evaluate to list(JSONPatch)'],
    ['what cannot be read', { mutations: [configuration('Object{a: }')] }, 'compilation failed: ERROR: <input>:1:11'],
    [
      'removals',
      {
        matchConstraints: { resourceRules: [{ ...on('', 'pods').resourceRules[0], operations: ['DELETE'] }] },
        mutations: [label('a', '"b"')],
      },
      'Unsupported value: "DELETE"',
    ],
  ])('with %s is refused', async (_, spec, message) => {
    const answer = await makePolicy('p', spec);
    expect(answer.status).toBe(422);
    expect(answer.json()['message']).toContain(message);
  });

  test('and its binding are served with every verb', async () => {
    const { resources } = (await api.send('GET', root)).json() as { resources: { name: string; verbs: string[] }[] };
    const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
    for (const name of ['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'])
      expect([...(resources.find((one) => one.name === name)?.verbs ?? [])].sort()).toEqual(verbs);
  });
});
