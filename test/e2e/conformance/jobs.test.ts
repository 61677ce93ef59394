import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobs, pods } from '../../../lib/kube/resources.ts';
import type { Job, Pod, PodSpec } from '../../../lib/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { PodSpace } from './pod-space.ts';
import { scriptPod } from './script-pod.ts';

/** Jobs whose pods fail: which of them are made anew, and when the whole has failed or succeeded. */
const space = new PodSpace('conformance-jobs');
const { client } = space.cluster;

/** On the machine, so that it is still there for the pod that takes the place of another. */
const markers = mkdtempSync(join(tmpdir(), 'vigil-conformance-'));

/** The first run of an index leaves a mark and goes on until it is ended; the second sees the mark. */
const succeedsOnSecondRun =
  'if [ -e /markers/$JOB_COMPLETION_INDEX ]; then exit 0; fi; touch /markers/$JOB_COMPLETION_INDEX; trap "exit 1" TERM; while :; do usleep 100000; done';

const forever = "trap 'exit 0' TERM; while :; do usleep 100000; done";
const isOdd = '[ $((JOB_COMPLETION_INDEX % 2)) -eq 1 ]';

function job(
  name: string,
  script: string,
  spec: Omit<NonNullable<Job['spec']>, 'template'>,
  more: Partial<PodSpec> = {},
  volumeMounts: { name: string; mountPath: string }[] = [],
): Job {
  const { spec: podSpec } = scriptPod(name, script, { container: { volumeMounts }, spec: {} });
  return {
    metadata: { name, namespace: space.namespace },
    spec: { completionMode: 'Indexed', ...spec, template: { spec: { containers: [], ...podSpec, ...more } } },
  };
}

const onExitCode = (action: string, value: number) => ({
  action,
  onExitCodes: { operator: 'In', values: [value] },
});

const all: readonly Job[] = [
  job(
    'ignoring',
    succeedsOnSecondRun,
    {
      parallelism: 2,
      completions: 2,
      backoffLimit: 0,
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          onExitCode('FailJob', 1),
        ],
      },
    },
    { volumes: [{ name: 'markers', hostPath: { path: markers } }], terminationGracePeriodSeconds: 2 },
    [{ name: 'markers', mountPath: '/markers' }],
  ),
  job('failing-early', `[ $JOB_COMPLETION_INDEX -ne 0 ] || exit 3; ${forever}`, {
    parallelism: 2,
    completions: 2,
    backoffLimit: 6,
    podFailurePolicy: { rules: [onExitCode('FailJob', 3)] },
  }),
  job('per-index', `if ${isOdd}; then exit 1; fi`, { parallelism: 4, completions: 4, backoffLimitPerIndex: 1 }),
  job('fail-index', `if ${isOdd}; then exit 1; fi`, {
    parallelism: 4,
    completions: 4,
    backoffLimitPerIndex: 1,
    podFailurePolicy: { rules: [onExitCode('FailIndex', 1)] },
  }),
  job(
    'restarted-locally',
    'if [ -e /data/seen ]; then exit 0; fi; touch /data/seen; exit 1',
    { parallelism: 2, completions: 4, completionMode: 'NonIndexed' },
    { restartPolicy: 'OnFailure', volumes: [{ name: 'data', emptyDir: {} }] },
    [{ name: 'data', mountPath: '/data' }],
  ),
  job('too-many-failed', `if ${isOdd}; then exit 1; fi; ${forever}`, {
    parallelism: 4,
    completions: 4,
    backoffLimitPerIndex: 0,
    maxFailedIndexes: 1,
  }),
  job('by-policy', 'true', {
    parallelism: 2,
    completions: 2,
    successPolicy: { rules: [{ succeededIndexes: '0-1' }] },
  }),
];

beforeAll(async () => {
  await space.open();
  await Promise.all(all.map((one) => client.create(jobs, one)));
});
afterAll(async () => {
  await space.close();
  rmSync(markers, { recursive: true });
});

/** Waits until the job has ended as `type` says, and resolves with its status. */
function endOf(name: string, type: 'Complete' | 'Failed'): Promise<NonNullable<Job['status']>> {
  return eventually(
    `job ${name} is ${type}`,
    async () => {
      const { status } = await client.get(jobs, { namespace: space.namespace, name });
      const isEnded = status?.conditions?.some((condition) => condition.type === type && condition.status === 'True');
      return (isEnded && status) || Promise.reject(new Error(`its status is ${JSON.stringify(status)}`));
    },
    90_000,
  );
}

const reasons = ({ conditions = [] }: NonNullable<Job['status']>) =>
  Object.fromEntries(conditions.map(({ type, reason }) => [type, reason]));

async function podsOfJob(name: string): Promise<readonly Pod[]> {
  const labelSelector = `batch.kubernetes.io/job-name=${name}`;
  return (await client.list(pods, { namespace: space.namespace, labelSelector })).items;
}

describe.concurrent('a job', () => {
  test('[sig-apps] Job should allow to use a pod failure policy to ignore failure matching on DisruptionTarget condition', async () => {
    const first = await eventually('both pods run', async () => {
      const found = await podsOfJob('ignoring');
      return found.length === 2 && found.every(({ status }) => status?.phase === 'Running') && found;
    });
    for (const { metadata } of first) {
      const { name = '' } = metadata ?? {};
      await eventually(`pod ${name} has left its mark`, async () => {
        const { code } = await space.exec(name, 'sh', '-c', '[ -e /markers/$JOB_COMPLETION_INDEX ]');
        return code === 0;
      });
      const path = `/api/v1/namespaces/${space.namespace}/pods/${name}/eviction`;
      await space.cluster.json('POST', path, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } });
    }
    const status = await endOf('ignoring', 'Complete');
    expect(status).toMatchObject({ succeeded: 2, completedIndexes: '0,1' });
    expect(status.failed ?? 0).toBe(0);
  });

  test('[sig-apps] Job should allow to use the pod failure policy on exit code to fail the job early', async () => {
    const status = await endOf('failing-early', 'Failed');
    expect(reasons(status)['Failed']).toBe('PodFailurePolicy');
    expect(status.active ?? 0).toBe(0);
  });

  test('[sig-apps] Job should execute all indexes despite some failing when using backoffLimitPerIndex', async () => {
    const status = await endOf('per-index', 'Failed');
    expect(reasons(status)['Failed']).toBe('FailedIndexes');
    expect(status).toMatchObject({ completedIndexes: '0,2', failedIndexes: '1,3', succeeded: 2, failed: 4 });
  });

  test('[sig-apps] Job should mark indexes as failed when the FailIndex action is matched in podFailurePolicy', async () => {
    const status = await endOf('fail-index', 'Failed');
    expect(reasons(status)['Failed']).toBe('FailedIndexes');
    expect(status).toMatchObject({ completedIndexes: '0,2', failedIndexes: '1,3', succeeded: 2, failed: 2 });
  });

  test('[sig-apps] Job should run a job to completion when tasks sometimes fail and are locally restarted', async () => {
    const status = await endOf('restarted-locally', 'Complete');
    expect(status.succeeded).toBe(4);
    expect(status.failed ?? 0).toBe(0);
    const restarts = (await podsOfJob('restarted-locally')).map(
      (pod) => pod.status?.containerStatuses?.[0]?.restartCount,
    );
    expect(restarts).toEqual([1, 1, 1, 1]);
  });

  test('[sig-apps] Job should terminate job execution when the number of failed indexes exceeds maxFailedIndexes', async () => {
    const status = await endOf('too-many-failed', 'Failed');
    expect(reasons(status)['Failed']).toBe('MaxFailedIndexesExceeded');
    // Those that were stopped have not been tried again: they may be told among the failed.
    expect(status.failedIndexes).toMatch(/^(1,3|0-3)$/);
    expect(status.completedIndexes ?? '').toBe('');
    expect(status.active ?? 0).toBe(0);
  });

  test('[sig-apps] Job with successPolicy should succeeded when all indexes succeeded', async () => {
    const status = await endOf('by-policy', 'Complete');
    expect(reasons(status)).toMatchObject({ SuccessCriteriaMet: 'SuccessPolicy', Complete: 'SuccessPolicy' });
    expect(status).toMatchObject({ completedIndexes: '0,1', succeeded: 2 });
  });
});
