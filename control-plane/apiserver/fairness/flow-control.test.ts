import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiUnderTest, type Answer } from '../../../test/support/api-under-test.ts';
import { clusterRoleBindings, flowSchemas, priorityLevelConfigurations } from '../../../lib/kube/resources.ts';
import type { ApiExtension } from '../extension.ts';
import { requestInfo } from '../request-info.ts';
import { FlowControl } from './flow-control.ts';

const GROUP = 'flowcontrol.apiserver.k8s.io';
const SCHEMAS = `/apis/${GROUP}/v1/flowschemas`;
const LEVELS = `/apis/${GROUP}/v1/prioritylevelconfigurations`;
/** Seats that the flooded level reaches with all that others lend. */
const REACHED = 368;
const QUEUED = 6 * 50;

/** Answers when it is told to: each request holds its seat until then. */
class Holds {
  readonly #held: (() => void)[] = [];

  readonly extension: ApiExtension = {
    group: 'test.vigil.dev',
    version: 'v1',
    resources: [{ name: 'holds', singularName: 'hold', kind: 'Hold', namespaced: false, verbs: ['get', 'watch'] }],
    handle: async ({ verb, signal }) => {
      if (verb === 'watch') return { lines: untilAborted(signal) };
      await new Promise<void>((resolve) => this.#held.push(resolve));
      return { body: {} };
    },
  };

  get count(): number {
    return this.#held.length;
  }

  release(count = this.#held.length): void {
    for (const resolve of this.#held.splice(0, count)) resolve();
  }
}

async function* untilAborted(signal: AbortSignal): AsyncGenerator<object> {
  yield {};
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

let api: ApiUnderTest;
let holds: Holds;
let noisy: string;
let quiet: string;

beforeAll(async () => {
  holds = new Holds();
  api = await ApiUnderTest.start({ extensions: [holds.extension] });
  noisy = await api.tokenOf('noisy');
  quiet = await api.tokenOf('quiet');
  await api.core.client.create(clusterRoleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'holders' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'Group', name: 'system:serviceaccounts' }],
  });
  // In kube-system they would be let through as the cluster's own.
  await api.core.client.create(flowSchemas, {
    metadata: { name: 'tests' },
    spec: {
      priorityLevelConfiguration: { name: 'workload-low' },
      matchingPrecedence: 90,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: ['noisy', 'quiet'].map((name) => ({
            kind: 'ServiceAccount',
            serviceAccount: { name, namespace: 'kube-system' },
          })),
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
        },
      ],
    },
  });
});
afterAll(() => api.stop());

const agent = { 'impersonate-user': 'system:node:n1', 'impersonate-group': 'system:nodes' };
const hold = (token: string) => api.send('GET', '/apis/test.vigil.dev/v1/holds/x', { token });
const uidOf = async (url: string) => ((await api.send('GET', url)).json()['metadata'] as { uid: string }).uid;
/** Lets the server work until something is so. */
async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await look())) await turns();
}
const turns = () => new Promise<void>((resolve) => setImmediate(resolve));

async function metric(line: RegExp): Promise<number | undefined> {
  const { body } = await api.send('GET', '/metrics');
  const found = body.split('\n').find((one) => line.test(one));
  return found === undefined ? undefined : Number(found.split(' ').at(-1));
}

describe('each answer', () => {
  test('names the schema and the level of its request, also a refusal and a watch', async () => {
    const names = { 'x-kubernetes-pf-flowschema-uid': await uidOf(`${SCHEMAS}/service-accounts`) };
    const level = { 'x-kubernetes-pf-prioritylevel-uid': await uidOf(`${LEVELS}/workload-low`) };
    const as = { 'impersonate-user': 'system:serviceaccount:shop:ann' };
    const refused = await api.send('GET', '/api/v1/secrets', {
      headers: { ...as, 'impersonate-group': 'system:serviceaccounts' },
    });
    expect(refused.headers).toMatchObject({ ...names, ...level });
    const watch = await api.sendWaiting('/api/v1/namespaces/default/pods?watch=1&timeoutSeconds=1', as);
    expect((await api.passTimeUntil(watch.answer)).headers).toMatchObject({ ...names, ...level });
  });

  test('of an agent names the level of nodes', async () => {
    const answer = await api.send('GET', '/api/v1/nodes', { headers: agent });
    expect(answer.headers['x-kubernetes-pf-prioritylevel-uid']).toBe(await uidOf(`${LEVELS}/node-high`));
  });
});

describe('a flood by one account', () => {
  let answers: Promise<Answer>[] = [];
  const statuses: number[] = [];

  beforeAll(async () => {
    answers = Array.from({ length: 1000 }, () =>
      hold(noisy).then((answer) => {
        statuses.push(answer.status);
        return answer;
      }),
    );
    await until(() => holds.count === REACHED && statuses.length === 1000 - REACHED - QUEUED);
  });
  afterAll(async () => {
    while (statuses.length < answers.length) {
      holds.release();
      await turns();
    }
  });

  test('is worked, queued and refused up to the level’s limits, with the time after which to come back', async () => {
    expect(new Set(statuses)).toEqual(new Set([429]));
    const refused = await Promise.race(answers);
    expect(refused.json()).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: 'Too many requests, please try again later.',
      details: { retryAfterSeconds: expect.any(Number) },
    });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const labels = 'priority_level="workload-low",flow_schema="tests"';
    expect(
      await metric(new RegExp(`apiserver_flowcontrol_rejected_requests_total{${labels},reason="queue-full"}`)),
    ).toBe(332);
    expect(await metric(new RegExp(`apiserver_flowcontrol_current_inqueue_requests{${labels}}`))).toBe(QUEUED);
    expect(await metric(new RegExp(`apiserver_flowcontrol_current_executing_seats{${labels}}`))).toBe(REACHED);
    expect(await metric(/apiserver_flowcontrol_nominal_limit_seats\{priority_level="workload-low"\}/)).toBe(245);
    const dump = await api.send('GET', '/debug/api_priority_and_fairness/dump_priority_levels');
    expect(dump.body).toMatch(/^workload-low, +6, +false, +false, +300, +368, +\d+, +332, +0, +0$/m);
  });

  test('leaves a node’s requests and leases through at once', async () => {
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'n1', namespace: 'kube-node-lease' },
      spec: { holderIdentity: 'n1' },
    };
    const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    let last = await api.send('POST', leases, { body: lease, headers: agent });
    expect(last.status).toBe(201);
    for (let count = 0; count < 20; count++) {
      last = await api.send('PUT', `${leases}/n1`, { body: last.json(), headers: agent });
      expect(last.status).toBe(200);
      expect((await api.send('GET', '/api/v1/pods', { headers: agent })).status).toBe(200);
    }
    expect(holds.count).toBe(REACHED);
  });

  test('leaves another account of the same level its turn, ahead of what the flood has waiting', async () => {
    const waiting = () => metric(/apiserver_flowcontrol_current_inqueue_requests\{.*flow_schema="tests"/);
    const other = api.send('GET', '/api/v1/nodes', { token: quiet });
    await until(async () => (await waiting()) === QUEUED + 1);
    holds.release(1);
    expect((await other).status).toBe(200);
    // Its seat goes to one of the flood only when it has ended.
    expect(await waiting()).toBeGreaterThanOrEqual(QUEUED - 1);
  });

  test('waits a quarter of a request’s time, and is refused then', async () => {
    await api.clock.advance(15_000);
    await until(() => statuses.length >= 1000 - REACHED - 1);
    expect(
      await metric(/apiserver_flowcontrol_rejected_requests_total\{.*flow_schema="tests",reason="time-out"\}/),
    ).toBeGreaterThanOrEqual(QUEUED - 1);
  });
});

test('what has waited is begun in rounds of the event loop, so that others’ requests come in between', async () => {
  const control = new FlowControl(api.core.registry, api.clock);
  control.start();
  const user = { name: 'system:serviceaccount:shop:x', groups: ['system:serviceaccounts', 'system:authenticated'] };
  const flow = control.classify(user, requestInfo('GET', '/api/v1/pods', new URLSearchParams()));
  const all = Array.from({ length: REACHED + QUEUED }, () => control.enter(flow, 1));
  const states = (state: string) => all.filter((turn) => turn.state === state).length;
  expect([states('running'), states('waiting')]).toEqual([REACHED, QUEUED]);
  for (const turn of all) if (turn.state === 'running') control.end(turn);
  expect([states('running'), states('waiting')]).toEqual([0, QUEUED - 16]);
  await turns();
  expect(states('running')).toBe(16);
  await until(() => states('waiting') === 0);
  for (const turn of all) control.end(turn);
  expect(flow.stats.isIdle).toBe(true);
});

describe('what is not counted', () => {
  test('watches, once they have begun', async () => {
    const line =
      /apiserver_flowcontrol_current_executing_requests\{priority_level="workload-low",flow_schema="tests"\}/;
    const watch = api.send('GET', '/apis/test.vigil.dev/v1/holds?watch=1', { token: quiet });
    const stored = await api.sendWaiting('/api/v1/namespaces/default/pods?watch=1&timeoutSeconds=5');
    await until(async () => (await metric(line)) === 0);
    await api.passTimeUntil(stored.answer);
    void watch.catch(() => undefined);
  });
});

describe('the objects', () => {
  test('that every cluster has are there, and say that their levels are', async () => {
    const table = (
      await api.send('GET', SCHEMAS, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } })
    ).json();
    const rows = (table['rows'] as { cells: unknown[] }[]).map(({ cells }) => cells);
    expect((table['columnDefinitions'] as { name: string }[]).map(({ name }) => name)).toEqual([
      'Name',
      'PriorityLevel',
      'MatchingPrecedence',
      'DistinguisherMethod',
      'Age',
      'MissingPL',
    ]);
    expect(rows.find(([name]) => name === 'service-accounts')).toEqual([
      'service-accounts',
      'workload-low',
      9000,
      'ByUser',
      expect.any(String),
      'False',
    ]);
    expect(rows.find(([name]) => name === 'probes')?.slice(1, 4)).toEqual(['exempt', 2, '<none>']);
    const levels = (
      await api.send('GET', LEVELS, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } })
    ).json();
    expect((levels['rows'] as { cells: unknown[] }[]).map(({ cells }) => cells.slice(0, 6))).toEqual([
      ['catch-all', 'Limited', 5, '<none>', '<none>', '<none>'],
      ['exempt', 'Exempt', 0, '<none>', '<none>', '<none>'],
      ['global-default', 'Limited', 20, 128, 6, 50],
      ['leader-election', 'Limited', 10, 16, 4, 50],
      ['node-high', 'Limited', 40, 64, 6, 50],
      ['system', 'Limited', 30, 64, 6, 50],
      ['workload-high', 'Limited', 40, 128, 6, 50],
      ['workload-low', 'Limited', 100, 128, 6, 50],
    ]);
  });

  test('are discovered, and take every verb', async () => {
    const group = (await api.send('GET', '/apis')).json()['groups'] as { name: string }[];
    expect(group.map(({ name }) => name)).toContain(GROUP);
    const { resources } = (await api.send('GET', `/apis/${GROUP}/v1`)).json() as {
      resources: { name: string; namespaced: boolean; verbs: string[] }[];
    };
    const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
    expect(Object.fromEntries(resources.map(({ name, verbs }) => [name, verbs]))).toEqual({
      flowschemas: all,
      'flowschemas/status': ['get', 'patch', 'update'],
      prioritylevelconfigurations: all,
      'prioritylevelconfigurations/status': ['get', 'patch', 'update'],
    });
    for (const [url, kind, spec] of [
      [SCHEMAS, 'FlowSchema', { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 9999 }],
      [LEVELS, 'PriorityLevelConfiguration', { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } }],
    ] as const) {
      const metadata = { name: 'walk', labels: { walk: 'yes' } };
      expect((await api.send('POST', url, { body: { kind, metadata, spec } })).status).toBe(201);
      const merge = { 'content-type': 'application/merge-patch+json' };
      const patched = await api.send('PATCH', `${url}/walk`, {
        body: { metadata: { annotations: { patched: 'yes' } } },
        headers: merge,
      });
      expect(patched.json()).toMatchObject({ metadata: { annotations: { patched: 'yes' }, generation: 1 } });
      const condition = { type: 'Mine', status: 'True', reason: 'r', message: 'm' };
      const status = await api.send('PATCH', `${url}/walk/status`, {
        body: { status: { conditions: [condition] } },
        headers: merge,
      });
      expect(status.json()).toMatchObject({ status: { conditions: expect.arrayContaining([condition]) } });
      expect((await api.send('GET', `${url}/walk/status`)).json()).toMatchObject({
        status: { conditions: expect.arrayContaining([condition]) },
      });
      expect((await api.send('DELETE', `${url}?labelSelector=walk`)).status).toBe(200);
      expect((await api.send('GET', `${url}/walk`)).status).toBe(404);
    }
  });

  test('that are mandatory come back', async () => {
    const before = await uidOf(`${LEVELS}/catch-all`);
    expect((await api.send('DELETE', `${LEVELS}/catch-all`)).status).toBe(200);
    await until(async () => (await api.send('GET', `${LEVELS}/catch-all`)).status === 200);
    expect(await uidOf(`${LEVELS}/catch-all`)).not.toBe(before);
  });

  test('of one’s own classify at once, say when their level is missing, and shed what they do not queue', async () => {
    const schema = {
      metadata: { name: 'mine' },
      spec: {
        priorityLevelConfiguration: { name: 'mine' },
        matchingPrecedence: 80,
        rules: [
          {
            subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: 'quiet', namespace: 'kube-system' } }],
            resourceRules: [{ verbs: ['*'], apiGroups: ['test.vigil.dev'], resources: ['*'], clusterScope: true }],
          },
        ],
      },
    };
    expect((await api.send('POST', SCHEMAS, { body: schema })).status).toBe(201);
    const dangling = async () =>
      ((await api.send('GET', `${SCHEMAS}/mine`)).json()['status'] as { conditions?: { status: string }[] })
        .conditions?.[0]?.status;
    await until(async () => (await dangling()) === 'True');
    const limited = { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } };
    await api.core.client.create(priorityLevelConfigurations, {
      metadata: { name: 'mine' },
      spec: { type: 'Limited', limited },
    });
    await until(async () => (await dangling()) === 'False');
    const seats = (await metric(/apiserver_flowcontrol_nominal_limit_seats\{priority_level="mine"\}/)) ?? 0;
    expect(seats).toBe(3);
    const held = Array.from({ length: seats }, () => hold(quiet));
    await until(() => holds.count === seats);
    expect((await hold(quiet)).status).toBe(429);
    holds.release();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('of a level go on being worked when it is gone', async () => {
    const held = hold(quiet);
    await until(() => holds.count === 1);
    await api.core.client.delete(priorityLevelConfigurations, { name: 'mine' });
    const lines = async () => (await api.send('GET', '/debug/api_priority_and_fairness/dump_priority_levels')).body;
    expect(await lines()).toMatch(/^mine, +0, +false, +true, +0, +1,/m);
    holds.release();
    expect((await held).status).toBe(200);
    await until(async () => !/^mine,/m.test(await lines()));
  });
});
