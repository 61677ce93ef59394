import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiUnderTest, type Answer } from '../../test/support/api-under-test.ts';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await ApiUnderTest.start();
});
afterEach(() => api.stop());

const base = '/api/v1/namespaces/default';

async function make(path: string, body: object): Promise<Answer> {
  return api.send('POST', path, { body });
}
async function made(path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await make(path, body);
  expect(answer.status, answer.body).toBe(201);
  return answer.json();
}

const pod = (name: string, resources: object = {}, more: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'main', image: 'a:1', resources }], ...more },
});

describe('limit ranges', () => {
  const limits = (...items: object[]) =>
    made(`${base}/limitranges`, { metadata: { name: 'limits' }, spec: { limits: items } });

  test('fill in what containers do not say', async () => {
    await limits({ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m', memory: '64Mi' } });
    expect(await made(`${base}/pods`, pod('a'))).toMatchObject({
      spec: { containers: [{ resources: { limits: { cpu: '500m' }, requests: { cpu: '100m', memory: '64Mi' } } }] },
    });
    expect(await made(`${base}/pods`, pod('b', { limits: { cpu: '1' } }))).toMatchObject({
      spec: { containers: [{ resources: { limits: { cpu: '1' }, requests: { cpu: '1' } } }] },
    });
  });

  test.each<[string, object, object, string]>([
    [
      'too little',
      { type: 'Container', min: { cpu: '100m' } },
      { requests: { cpu: '50m' }, limits: { cpu: '200m' } },
      'minimum cpu usage per Container is 100m, but request is 50m',
    ],
    [
      'too much',
      { type: 'Container', max: { memory: '1Gi' } },
      { limits: { memory: '2Gi' } },
      'maximum memory usage per Container is 1Gi, but limit is 2Gi',
    ],
    [
      'too much in all',
      { type: 'Pod', max: { cpu: '1' } },
      { requests: { cpu: '1' }, limits: { cpu: '2' } },
      'maximum cpu usage per Pod is 1, but limit is 2',
    ],
    [
      'too far apart',
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      { requests: { cpu: '100m' }, limits: { cpu: '1' } },
      'cpu max limit to request ratio per Container is 2, but provided ratio is 10.000000',
    ],
  ])('refuse %s', async (_, item, resources, message) => {
    await limits(item);
    const answer = await make(`${base}/pods`, pod('a', resources));
    expect(answer.status, answer.body).toBe(403);
    expect(answer.json()['message']).toContain(message);
  });

  test('of claims', async () => {
    await limits({ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } });
    const answer = await make(`${base}/persistentvolumeclaims`, {
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
    });
    expect(answer.json()['message']).toContain(
      'maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi',
    );
  });

  test('that contradict themselves are refused', async () => {
    const spec = { limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] };
    const answer = await make(`${base}/limitranges`, { metadata: { name: 'odd' }, spec });
    expect(answer.status).toBe(422);
    expect(answer.json()['message']).toContain('is greater than');
  });
});

describe('quotas', () => {
  const quota = (hard: object, more: object = {}) =>
    made(`${base}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard, ...more } });

  test('refuse what would be too much, also when many ask at the same time', async () => {
    await quota({ pods: '3' });
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => make(`${base}/pods`, pod(`p${n}`))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    const refused = answers.find(({ status }) => status !== 201);
    expect(refused?.status).toBe(403);
    expect((await make(`${base}/pods`, pod('late'))).json()['message']).toBe(
      'pods "late" is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3',
    );
  });

  test('want every container to say what it needs, and add that up', async () => {
    await quota({ 'requests.cpu': '1', 'limits.memory': '1Gi' });
    expect((await make(`${base}/pods`, pod('a'))).json()['message']).toBe(
      'pods "a" is forbidden: failed quota: q: must specify requests.cpu for: main; limits.memory for: main',
    );
    const resources = { requests: { cpu: '600m' }, limits: { memory: '256Mi', cpu: '1' } };
    await made(`${base}/pods`, pod('a', resources));
    expect((await make(`${base}/pods`, pod('b', resources))).json()['message']).toContain(
      'exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    );
  });

  test('count objects of any kind, and only what is in their scope', async () => {
    await quota({ 'count/configmaps': '1', 'count/deployments.apps': '0' });
    await made(`${base}/configmaps`, { metadata: { name: 'a' } });
    expect((await make(`${base}/configmaps`, { metadata: { name: 'b' } })).status).toBe(403);
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'main', image: 'a:1' }] } };
    const deployment = { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } };
    expect((await make('/apis/apps/v1/namespaces/default/deployments', deployment)).status).toBe(403);
    await made(`${base}/resourcequotas`, {
      metadata: { name: 'idle' },
      spec: { hard: { pods: '0' }, scopes: ['BestEffort'] },
    });
    expect((await make(`${base}/pods`, pod('a'))).status).toBe(403);
    expect((await make(`${base}/pods`, pod('b', { requests: { cpu: '1m' } }))).status).toBe(201);
  });
});

describe('priorities', () => {
  const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';

  test('come from the class that is named, or the default one', async () => {
    await made(classes, { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' });
    expect(await made(`${base}/pods`, pod('a', {}, { priorityClassName: 'high' }))).toMatchObject({
      spec: { priority: 1000, preemptionPolicy: 'Never' },
    });
    await made(classes, { metadata: { name: 'usual' }, value: 5, globalDefault: true });
    expect(await made(`${base}/pods`, pod('b'))).toMatchObject({ spec: { priority: 5, priorityClassName: 'usual' } });
    expect((await make(`${base}/pods`, pod('c', {}, { priorityClassName: 'none' }))).json()['message']).toContain(
      'no PriorityClass with name none was found',
    );
    const system = await made(
      '/api/v1/namespaces/kube-system/pods',
      pod('d', {}, { priorityClassName: 'system-node-critical' }),
    );
    expect(system).toMatchObject({ spec: { priority: 2_000_001_000 } });
  });

  test('of the system are the system’s', async () => {
    expect((await make(classes, { metadata: { name: 'system-mine' }, value: 1 })).status).toBe(422);
    expect((await make(classes, { metadata: { name: 'mine' }, value: 2_000_000_000 })).status).toBe(422);
  });
});
