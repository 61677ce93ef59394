import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiUnderTest, type Answer } from '../../test/support/api-under-test.ts';

/** `pods/resize` over HTTP, as `kubectl patch --subresource resize` and conformance tests use it. */

const base = '/api/v1/namespaces/default';
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };

let api: ApiUnderTest;
beforeEach(async () => {
  api = await ApiUnderTest.start();
});
afterEach(() => api.stop());

const resize = (name: string, spec: object) =>
  api.send('PATCH', `${base}/pods/${name}/resize`, { headers: strategic, body: { spec } });
const main = (resources: object) => ({ containers: [{ name: 'main', resources }] });
const amounts = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } });

const causesOf = (answer: Answer) =>
  (answer.json()['details'] as { causes: { field: string; message: string }[] }).causes.map(
    (cause) => `${cause.field}: ${cause.message}`,
  );

async function makePod(name: string, resources: object, more: object = {}): Promise<void> {
  const spec = { containers: [{ name: 'main', image: 'a:1', resources }], ...more };
  const answer = await api.send('POST', `${base}/pods`, { body: { metadata: { name, labels: { a: 'b' } }, spec } });
  expect(answer.status, answer.body).toBe(201);
}

const setStatus = (name: string, status: object) =>
  api.send('PATCH', `${base}/pods/${name}/status`, {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { status },
  });
const running = (resources: object | undefined) => ({
  containerStatuses: [
    {
      name: 'main',
      image: 'a:1',
      imageID: '',
      ready: true,
      restartCount: 0,
      state: { running: {} },
      ...(resources ? { resources } : {}),
    },
  ],
});

describe('a resize', () => {
  test('by a patch changes cpu and memory, counts as a change of what is wanted, and is shown by both endpoints', async () => {
    await makePod('a', amounts('100m', '64Mi'));
    const answer = await resize('a', main(amounts('200m', '128Mi')));
    expect(answer.status, answer.body).toBe(200);
    expect(answer.json()).toMatchObject({
      kind: 'Pod',
      metadata: { generation: 2 },
      spec: { containers: [{ image: 'a:1', resources: amounts('200m', '128Mi') }] },
    });
    const shown = await api.send('GET', `${base}/pods/a/resize`);
    expect(shown.json()).toEqual((await api.send('GET', `${base}/pods/a`)).json());
  });

  test('by a PUT changes nothing else of the pod', async () => {
    await makePod('a', amounts('100m', '64Mi'));
    const before = (await api.send('GET', `${base}/pods/a`)).json() as {
      metadata: object;
      spec: { containers: object[] };
      status: object;
    };
    const body = {
      ...before,
      metadata: { ...before.metadata, labels: { changed: 'yes' } },
      spec: {
        ...before.spec,
        activeDeadlineSeconds: 9,
        containers: [{ ...before.spec.containers[0], image: 'other:2', resources: amounts('200m', '64Mi') }],
      },
      status: { phase: 'Running' },
    };
    const answer = await api.send('PUT', `${base}/pods/a/resize`, { body });
    expect(answer.status, answer.body).toBe(200);
    expect(answer.json()).toMatchObject({ metadata: { labels: { a: 'b' } }, status: before.status });
    expect(answer.json()['spec']).toEqual({
      ...before.spec,
      containers: [{ ...before.spec.containers[0], resources: amounts('200m', '64Mi') }],
    });
    expect((await api.send('PUT', `${base}/pods/a/resize`, { body })).status).toBe(409);
  });

  test('of the pod itself is refused as before', async () => {
    await makePod('a', amounts('100m', '64Mi'));
    const body = { spec: main(amounts('200m', '64Mi')) };
    const answer = await api.send('PATCH', `${base}/pods/a`, { headers: strategic, body });
    expect(answer.status).toBe(422);
    expect(answer.body).toContain('pod updates may not change fields other than');
  });

  test.each<[string, object, object, string]>([
    [
      'another class: equal requests and limits',
      { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
      { requests: { cpu: '200m' } },
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    ],
    [
      'a request above the limit',
      { requests: { cpu: '100m' }, limits: { cpu: '200m' } },
      { requests: { cpu: '300m' } },
      'spec.containers[0].resources.requests: Invalid value: "300m": must be less than or equal to cpu limit of 200m',
    ],
    [
      'a request that is taken away',
      { requests: { cpu: '100m', memory: '64Mi' } },
      { requests: { memory: null } },
      'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
    ],
    [
      'a limit that is taken away',
      { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
      { limits: { cpu: null } },
      'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
    ],
    [
      'another resource',
      { requests: { cpu: '100m' } },
      { requests: { 'ephemeral-storage': '1Gi' } },
      'spec: Forbidden: only cpu and memory resources are mutable',
    ],
  ])('to %s is refused', async (_, before, after, cause) => {
    await makePod('a', before);
    const answer = await resize('a', main(after));
    expect(answer.status).toBe(422);
    expect(causesOf(answer)).toContain(cause);
  });

  test.each<[string, object, string]>([
    [
      'a container more',
      { containers: [{ name: 'other', image: 'a:1' }] },
      'spec.containers: Forbidden: containers may not be added or removed on resize',
    ],
    [
      'another resize policy',
      {
        containers: [{ name: 'main', resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }],
      },
      'spec: Forbidden: only cpu and memory resources are mutable',
    ],
    [
      'an init container that ends',
      { initContainers: [{ name: 'init', resources: { requests: { cpu: '20m' } } }] },
      'spec.initContainers[0].resources: Forbidden: resources for non-sidecar init containers are immutable',
    ],
  ])('with %s is refused', async (_, spec, cause) => {
    const initContainers = [{ name: 'init', image: 'a:1', resources: { requests: { cpu: '10m' } } }];
    await makePod('a', { requests: { cpu: '100m' } }, { initContainers });
    const answer = await resize('a', spec);
    expect(answer.status, answer.body).toBe(422);
    expect(causesOf(answer)).toContain(cause);
  });

  test('of a sidecar is allowed', async () => {
    const sidecar = { name: 'side', image: 'a:1', restartPolicy: 'Always', resources: { requests: { cpu: '10m' } } };
    await makePod('a', { requests: { cpu: '100m' } }, { initContainers: [sidecar] });
    const answer = await resize('a', { initContainers: [{ name: 'side', resources: { requests: { cpu: '20m' } } }] });
    expect(answer.status, answer.body).toBe(200);
    expect(answer.json()).toMatchObject({ spec: { initContainers: [{ resources: { requests: { cpu: '20m' } } }] } });
  });

  test('of a pod on a node whose agent does not say what containers have is refused', async () => {
    await makePod('a', { requests: { cpu: '100m' } });
    await setStatus('a', running(undefined));
    const refused = await resize('a', main({ requests: { cpu: '200m' } }));
    expect(causesOf(refused)).toEqual(['spec: Forbidden: Pod running on node without support for resize']);
    await setStatus('a', running({ requests: { cpu: '100m' } }));
    expect((await resize('a', main({ requests: { cpu: '200m' } }))).status).toBe(200);
  });

  test('obeys limit ranges and quotas, which count what the pod still has', async () => {
    await makePod('a', amounts('100m', '64Mi'));
    await makePod('b', amounts('100m', '64Mi'));
    await api.send('POST', `${base}/limitranges`, {
      body: { metadata: { name: 'limits' }, spec: { limits: [{ type: 'Container', max: { cpu: '500m' } }] } },
    });
    const tooMuch = await resize('a', main(amounts('600m', '64Mi')));
    expect(tooMuch.status).toBe(403);
    expect(tooMuch.body).toContain('maximum cpu usage per Container is 500m, but limit is 600m');
    await api.send('POST', `${base}/resourcequotas`, {
      body: { metadata: { name: 'quota' }, spec: { hard: { 'requests.cpu': '500m' } } },
    });
    expect((await resize('a', main(amounts('400m', '64Mi')))).status).toBe(200);
    const refused = await resize('b', main(amounts('200m', '64Mi')));
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('exceeded quota: quota, requested: requests.cpu=100m, used: requests.cpu=500m');
    // Made smaller, but its node has not taken it back yet.
    await setStatus('a', running(amounts('400m', '64Mi')));
    expect((await resize('a', main(amounts('100m', '64Mi')))).status).toBe(200);
    expect((await resize('b', main(amounts('200m', '64Mi')))).status).toBe(403);
    await setStatus('a', running(amounts('100m', '64Mi')));
    expect((await resize('b', main(amounts('200m', '64Mi')))).status).toBe(200);
  });
});

test.each<[string, object, string]>([
  [
    'a policy for another resource',
    { resizePolicy: [{ resourceName: 'disk', restartPolicy: 'NotRequired' }] },
    'spec.containers[0].resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"',
  ],
  [
    'a policy that there is not',
    { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'Perhaps' }] },
    'spec.containers[0].resizePolicy: Unsupported value: "Perhaps": supported values: "NotRequired", "RestartContainer"',
  ],
  [
    'two policies for one resource',
    {
      resizePolicy: [
        { resourceName: 'cpu', restartPolicy: 'NotRequired' },
        { resourceName: 'cpu', restartPolicy: 'RestartContainer' },
      ],
    },
    'spec.containers[0].resizePolicy[1]: Duplicate value: "cpu"',
  ],
])('a pod with %s is refused', async (_, container, cause) => {
  const spec = { containers: [{ name: 'main', image: 'a:1', ...container }] };
  const answer = await api.send('POST', `${base}/pods`, { body: { metadata: { name: 'a' }, spec } });
  expect(answer.status).toBe(422);
  expect(causesOf(answer)).toContain(cause);
});

test('a pod that is never restarted cannot ask to be for a resize', async () => {
  const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
  const spec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'a:1', resizePolicy }] };
  const answer = await api.send('POST', `${base}/pods`, { body: { metadata: { name: 'a' }, spec } });
  expect(causesOf(answer)).toEqual([
    "spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when `restartPolicy` is 'Never'",
  ]);
});
