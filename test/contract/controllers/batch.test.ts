import { afterEach, describe, expect, test } from 'vitest';
import { isNotFound } from '../../../lib/kube/client.ts';
import { cronJobs, jobs, pods } from '../../../lib/kube/resources.ts';
import type { Job, Pod } from '../../../lib/kube/types.ts';
import { ControlLoops } from './control-loops.ts';

let loops: ControlLoops | undefined;
afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

async function start(): Promise<ControlLoops> {
  loops = await ControlLoops.start();
  return loops;
}

const key = { namespace: 'default', name: 'work' };
type Spec = Partial<NonNullable<Job['spec']>>;

function job(spec: Spec = {}): Job {
  return {
    metadata: key,
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] } },
      ...spec,
    },
  };
}

/** Ends a pod as its node would. */
async function end(on: ControlLoops, pod: Pod, exitCode: number): Promise<void> {
  const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
  const finishedAt = new Date(on.clock.now()).toISOString();
  const state = { terminated: { exitCode, finishedAt, reason: exitCode === 0 ? 'Completed' : 'Error' } };
  const containerStatuses = [{ name: 'main', image: 'work:1', imageID: '', ready: false, restartCount: 0, state }];
  await on.client.patch(
    pods,
    { namespace: 'default', name: pod.metadata?.name ?? '' },
    'merge',
    { status: { phase, containerStatuses } },
    { subresource: 'status' },
  );
}

const running = async (on: ControlLoops) => (await on.pods()).filter((pod) => pod.status?.phase === 'Running');
const status = async (on: ControlLoops) => (await on.client.get(jobs, key)).status ?? {};
const condition = async (on: ControlLoops, type: string) =>
  (await status(on)).conditions?.find((one) => one.type === type && one.status === 'True');

describe('a job', () => {
  test('runs as many pods at a time as it may until enough have succeeded', async () => {
    const on = await start();
    await on.client.create(jobs, job({ completions: 3, parallelism: 2 }));
    const first = await on.until('two run', async () => {
      const there = await running(on);
      return there.length === 2 && there;
    });
    expect(first[0]?.metadata?.labels).toMatchObject({ 'batch.kubernetes.io/job-name': 'work', 'job-name': 'work' });
    for (const pod of first) await end(on, pod, 0);
    const [last] = await on.until('one runs', async () => {
      const there = await running(on);
      return there.length === 1 && there;
    });
    if (last) await end(on, last, 0);
    await on.until('complete', () => condition(on, 'Complete'));
    expect(await status(on)).toMatchObject({ succeeded: 3, active: 0 });
    await on.until(
      'counted for good',
      async () => Object.keys((await status(on)).uncountedTerminatedPods ?? {}).length === 0,
    );
    expect((await on.pods()).every((pod) => (pod.metadata?.finalizers ?? []).length === 0)).toBe(true);
  });

  test('counts a pod that is deleted as soon as it has ended', async () => {
    const on = await start();
    await on.client.create(jobs, job());
    const [pod] = await on.until('it runs', async () => {
      const there = await running(on);
      return there.length === 1 && there;
    });
    if (!pod) throw new Error('there is no pod');
    await end(on, pod, 0);
    await on.client.delete(pods, { namespace: 'default', name: pod.metadata?.name ?? '' }, { gracePeriodSeconds: 0 });
    await on.until('complete', () => condition(on, 'Complete'));
    expect(await running(on)).toEqual([]);
  });

  test('is tried again, later each time, until it has failed too often', async () => {
    const on = await start();
    await on.client.create(jobs, job({ backoffLimit: 1 }));
    const next = async (tries: number) => on.until(`try ${tries}`, async () => (await running(on))[0] ?? false, 60_000);
    await end(on, await next(1), 1);
    const failedMs = on.clock.now();
    const second = await next(2);
    expect(on.clock.now() - failedMs).toBeGreaterThanOrEqual(9_900);
    await end(on, second, 1);
    await on.until('failed', () => condition(on, 'Failed'));
    expect(await condition(on, 'Failed')).toMatchObject({ reason: 'BackoffLimitExceeded' });
    expect(await running(on)).toEqual([]);
  });

  test('gives each pod an index when it asks for that, and makes the one that failed again', async () => {
    const on = await start();
    await on.client.create(jobs, job({ completions: 3, parallelism: 3, completionMode: 'Indexed' }));
    const all = await on.until('three run', async () => {
      const there = await running(on);
      return there.length === 3 && there;
    });
    const indexOf = (pod: Pod) => pod.metadata?.annotations?.['batch.kubernetes.io/job-completion-index'];
    expect(new Set(all.map(indexOf))).toEqual(new Set(['0', '1', '2']));
    for (const pod of all) await end(on, pod, indexOf(pod) === '1' ? 1 : 0);
    await on.until('two indexes are done', async () => (await status(on)).completedIndexes === '0,2');
    const [again] = await on.until('index 1 runs again', async () => {
      const there = await running(on);
      return there.length === 1 && there;
    });
    expect(again && indexOf(again)).toBe('1');
    if (again) await end(on, again, 0);
    await on.until('complete', () => condition(on, 'Complete'));
    expect((await status(on)).completedIndexes).toBe('0-2');
  });

  test('ends at its deadline, waits while it is suspended and goes when it has been over for long enough', async () => {
    const on = await start();
    await on.client.create(jobs, job({ suspend: true, activeDeadlineSeconds: 20, ttlSecondsAfterFinished: 30 }));
    await on.until('suspended', () => condition(on, 'Suspended'));
    expect(await running(on)).toEqual([]);
    await on.client.patch(jobs, key, 'merge', { spec: { suspend: false } });
    await on.until('it runs', async () => (await running(on)).length === 1);
    await on.until('it is over', () => condition(on, 'Failed'));
    expect(await condition(on, 'Failed')).toMatchObject({ reason: 'DeadlineExceeded' });
    await on.until('gone', () => on.client.get(jobs, key).then(() => false, isNotFound), 60_000);
    await on.until('with its pods', async () => (await on.client.list(pods)).items.length === 0);
  });

  test('that is deleted takes its pods with it', async () => {
    const on = await start();
    await on.client.create(jobs, job({ parallelism: 2, completions: 2 }));
    await on.until('two run', async () => (await running(on)).length === 2);
    await on.client.delete(jobs, key, { propagationPolicy: 'Background' });
    await on.until('all gone', async () => (await on.client.list(pods)).items.length === 0, 60_000);
  });
});

describe('a job whose indexes have tries of their own', () => {
  const indexed = (spec: Spec = {}) =>
    job({ completionMode: 'Indexed', completions: 3, parallelism: 3, backoffLimitPerIndex: 1, ...spec });
  const podOf = async (on: ControlLoops, index: number) =>
    (await running(on)).find(
      ({ metadata }) => metadata?.annotations?.['batch.kubernetes.io/job-completion-index'] === String(index),
    );

  /** Ends the pod of an index as soon as there is one that runs. */
  async function endIndex(on: ControlLoops, index: number, exitCode: number, withinMs = 1_000): Promise<void> {
    await end(on, await on.until(`a pod of index ${index} runs`, () => podOf(on, index), withinMs), exitCode);
  }

  test('goes on with the others when one has failed too often, and then fails', async () => {
    const on = await start();
    await on.client.create(jobs, indexed());
    await endIndex(on, 1, 1);
    await on.clock.advance(9_000);
    expect(await podOf(on, 1)).toBeUndefined();
    const again = await on.until('index 1 is tried again', () => podOf(on, 1), 5_000);
    expect(again.metadata?.annotations).toMatchObject({ 'batch.kubernetes.io/job-index-failure-count': '1' });
    await endIndex(on, 1, 1);
    await on.until('index 1 has failed', async () => (await status(on)).failedIndexes === '1');
    expect(await running(on)).toHaveLength(2);
    await endIndex(on, 0, 0);
    await endIndex(on, 2, 0);
    const failed = await on.until('it has failed', () => condition(on, 'Failed'));
    expect(failed).toMatchObject({ reason: 'FailedIndexes', message: 'Job has failed indexes' });
    expect(await status(on)).toMatchObject({ succeeded: 2, failed: 2, completedIndexes: '0,2', failedIndexes: '1' });
  });

  test('ends at once when more indexes have failed than may, counting those that waited for another try', async () => {
    const on = await start();
    await on.client.create(
      jobs,
      indexed({
        maxFailedIndexes: 0,
        podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [7] } }] },
      }),
    );
    await endIndex(on, 0, 1);
    await endIndex(on, 1, 7);
    const failed = await on.until('it has failed', () => condition(on, 'Failed'));
    expect(failed?.reason).toBe('MaxFailedIndexesExceeded');
    // The pod that was stopped counts too.
    expect(await status(on)).toMatchObject({ active: 0, failed: 3, failedIndexes: '1' });
    expect(await running(on)).toEqual([]);
  });

  test('has succeeded as soon as its policy is met, whatever the others do', async () => {
    const on = await start();
    await on.client.create(
      jobs,
      indexed({ successPolicy: { rules: [{ succeededCount: 3 }, { succeededIndexes: '1-2', succeededCount: 1 }] } }),
    );
    await endIndex(on, 2, 0);
    const complete = await on.until('it is complete', () => condition(on, 'Complete'));
    expect(complete).toMatchObject({ reason: 'SuccessPolicy', message: 'Matched rules at index 1' });
    expect(await condition(on, 'SuccessCriteriaMet')).toMatchObject({ reason: 'SuccessPolicy' });
    expect(await running(on)).toEqual([]);
  });
});

describe('a cron job', () => {
  const cronKey = { namespace: 'default', name: 'tick' };
  const cronJob = (spec: Record<string, unknown> = {}) => ({
    metadata: cronKey,
    spec: { schedule: '*/1 * * * *', jobTemplate: { spec: job().spec }, ...spec },
  });
  const all = async (on: ControlLoops) => (await on.client.list(jobs, { namespace: 'default' })).items;

  test('makes a job at each time, named after it, and keeps the last ones', async () => {
    const on = await start();
    await on.client.create(cronJobs, cronJob({ successfulJobsHistoryLimit: 1 }));
    for (let n = 1; n <= 3; n++) {
      const pod = await on.until(`run ${n}`, async () => (await running(on))[0] ?? false, 90_000);
      await end(on, pod, 0);
      await on.until('nothing runs', async () => (await running(on)).length === 0);
    }
    await on.until('one is kept', async () => (await all(on)).length === 1);
    const [kept] = await all(on);
    expect(kept?.metadata?.name).toMatch(/^tick-\d{8}$/);
    expect((await on.client.get(cronJobs, cronKey)).status).toMatchObject({
      lastScheduleTime: expect.any(String) as string,
    });
  });

  test('starts none while one runs when that is forbidden, and none while it is suspended', async () => {
    const on = await start();
    await on.client.create(cronJobs, cronJob({ concurrencyPolicy: 'Forbid' }));
    await on.until('the first runs', async () => (await running(on)).length === 1, 90_000);
    await on.clock.advance(180_000);
    expect(await all(on)).toHaveLength(1);
    await on.client.patch(cronJobs, cronKey, 'merge', { spec: { suspend: true } });
    const [pod] = await running(on);
    if (pod) await end(on, pod, 0);
    await on.clock.advance(180_000);
    expect(await all(on)).toHaveLength(1);
  });

  test('[sig-apps] CronJob should replace jobs when ReplaceConcurrent', async () => {
    const on = await start();
    await on.client.create(cronJobs, cronJob({ concurrencyPolicy: 'Replace' }));
    const [first] = await on.until(
      'a job runs',
      async () => {
        const found = await all(on);
        return found.length === 1 && (await running(on)).length === 1 && found;
      },
      90_000,
    );
    const second = await on.until(
      'another has taken its place',
      async () => {
        const found = await all(on);
        return found.length === 1 && found[0]?.metadata?.uid !== first?.metadata?.uid && found[0];
      },
      90_000,
    );
    await on.until('only the newer one’s pod runs', async () => {
      const [pod, ...others] = await running(on);
      return others.length === 0 && pod?.metadata?.ownerReferences?.[0]?.uid === second?.metadata?.uid;
    });
  });

  test.each([
    [{ schedule: 'every day' }, 'spec.schedule: Invalid value: "every day"'],
    [
      { schedule: '0 0 * * *', timeZone: 'Mars/Olympus' },
      'spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus',
    ],
  ])('of a schedule that cannot be read is refused: %j', async (spec, message) => {
    const on = await start();
    await expect(on.client.create(cronJobs, cronJob(spec) as never)).rejects.toThrow(message);
  });
});
