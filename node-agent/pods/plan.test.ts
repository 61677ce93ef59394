import { describe, expect, test } from 'vitest';
import { agentNowMs as now, agentPod, container, run, sandbox } from '../../test/support/agent-builders.ts';
import { observedPodOf } from './observed-pod.ts';
import { computeActions } from './plan.ts';
import type { EngineContainer } from '../runtime/runtime.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { Action, PlanInput, ProbeView } from './action.ts';

const quietProbes: ProbeView = { isStarted: () => true, isReady: () => true, failure: () => undefined };

function plan(pod: Pod, containers: readonly EngineContainer[], over: Partial<PlanInput> = {}) {
  return computeActions({
    pod,
    observed: observedPodOf(containers),
    probes: quietProbes,
    busy: new Set(),
    holds: new Map(),
    areVolumesReady: true,
    mustStop: false,
    backOff: { initialMs: 10_000, maxMs: 300_000, resetAfterMs: 600_000 },
    knownRestarts: () => undefined,
    nowMs: now,
    ...over,
  });
}

function words(action: Action): string {
  switch (action.kind) {
    case 'prepare-volumes':
      return 'volumes';
    case 'create-sandbox':
      return `sandbox #${action.attempt}`;
    case 'stop-sandbox':
      return `stop ${action.id}`;
    case 'start-container':
      return `start ${action.container.name} #${action.restartCount} step ${action.backOffStep}`;
    case 'stop-container':
      return `stop ${action.run.id} in ${action.graceMs} because ${action.because}`;
    case 'resize-container':
      return `resize ${action.run.id} to ${JSON.stringify(action.amounts)}`;
  }
}

const stopped = (name: string) => `stop ${name}-0 in 30000 because pod-ends`;

const actions = (...args: Parameters<typeof plan>) => plan(...args).actions.map(words);

const stopping = agentPod(
  {},
  { metadata: { deletionTimestamp: '2023-11-14T22:13:20Z', deletionGracePeriodSeconds: 5 } },
);

describe('the next steps of a pod', () => {
  test('a new pod gets its volumes and its sandbox at the same time', () => {
    expect(actions(agentPod(), [], { areVolumesReady: false })).toEqual(['volumes', 'sandbox #0']);
  });

  test('nothing is planned for what is being done already', () => {
    expect(actions(agentPod(), [], { areVolumesReady: false, busy: new Set(['volumes', 'sandbox']) })).toEqual([]);
  });

  test('containers wait for volumes and sandbox, then all start together', () => {
    const pod = agentPod({ containers: [container('a'), container('b')] });
    expect(actions(pod, [sandbox()], { areVolumesReady: false })).toEqual(['volumes']);
    expect(actions(pod, [sandbox()])).toEqual(['start a #0 step 0', 'start b #0 step 0']);
  });

  test('running containers of an adopted pod are left alone while its volumes are looked at', () => {
    expect(actions(agentPod(), [sandbox(), run('main')], { areVolumesReady: false })).toEqual(['volumes']);
    expect(actions(agentPod(), [sandbox(), run('main')])).toEqual([]);
  });

  test('the first restart is immediate, the second waits for the back-off', () => {
    const first = run('main', { state: 'exited', exitCode: 1 });
    expect(actions(agentPod(), [sandbox(), first])).toEqual(['start main #1 step 1']);
    const second = run('main', { state: 'exited', exitCode: 1, restartCount: 1, finishedAtMs: now - 4_000 });
    const waiting = plan(agentPod(), [sandbox(), first, second]);
    expect(waiting.actions).toEqual([]);
    expect(waiting.wakeAtMs).toBe(now + 6_000);
    expect(waiting.backingOff.get('main')).toBe(10_000);
    expect(actions(agentPod(), [sandbox(), second], { nowMs: now + 6_000 })).toEqual(['start main #2 step 2']);
  });

  test('a restart count survives the removal of all runs, since the API knows it', () => {
    expect(actions(agentPod(), [sandbox()], { knownRestarts: () => 4 })).toEqual(['start main #5 step 0']);
  });

  test('a container that was made and never started is made anew under the same count', () => {
    const { actions: planned } = plan(agentPod(), [sandbox(), run('main', { state: 'created', restartCount: 2 })]);
    expect(planned.map(words)).toEqual(['start main #2 step 2']);
    expect(planned[0]).toMatchObject({ replaces: 'main-2' });
  });

  const policies = [
    ['Always', 0, true],
    ['Always', 1, true],
    ['OnFailure', 0, false],
    ['OnFailure', 1, true],
    ['Never', 0, false],
    ['Never', 1, false],
  ] as const;
  test.each(policies)('policy %s restarts after exit code %i: %s', (restartPolicy, exitCode, isRestarted) => {
    const pod = agentPod({ restartPolicy, containers: [container('main'), container('other')] });
    const runs = [sandbox(), run('other'), run('main', { state: 'exited', exitCode })];
    expect(actions(pod, runs)).toEqual(isRestarted ? ['start main #1 step 1'] : []);
  });

  test('a probe at its threshold ends the container with the grace of the probe, or of the pod', () => {
    const failing = (graceMs: number | undefined): ProbeView => ({
      ...quietProbes,
      failure: () => ({ probe: 'liveness', graceMs }),
    });
    const runs = [sandbox(), run('main')];
    expect(actions(agentPod(), runs, { probes: failing(2_000) })).toEqual(['stop main-0 in 2000 because liveness']);
    expect(actions(agentPod(), runs, { probes: failing(undefined) })).toEqual([
      'stop main-0 in 30000 because liveness',
    ]);
  });

  test('a changed image replaces the container', () => {
    const old = { ...run('main'), owner: { ...run('main').owner, specHash: 'of another image' } };
    expect(actions(agentPod(), [sandbox(), old])).toEqual(['stop main-0 in 30000 because spec-changed']);
  });

  test('when the sandbox died its containers end before there is a new one', () => {
    expect(actions(agentPod(), [sandbox('exited'), run('main')])).toEqual([
      'stop main-0 in 30000 because sandbox-changed',
    ]);
    expect(actions(agentPod(), [sandbox('exited'), run('main', { state: 'exited' })])).toEqual(['sandbox #1']);
  });
});

describe('init containers', () => {
  const side = container('side', { restartPolicy: 'Always' });
  const pod = agentPod({ initContainers: [container('one'), side, container('two')] });
  const done = (name: string) => run(name, { state: 'exited', exitCode: 0 });

  test('run one after the other', () => {
    expect(actions(pod, [sandbox()])).toEqual(['start one #0 step 0']);
    expect(actions(pod, [sandbox(), run('one')])).toEqual([]);
    expect(actions(pod, [sandbox(), done('one')])).toEqual(['start side #0 step 0']);
    expect(actions(pod, [sandbox(), done('one'), run('side')])).toEqual(['start two #0 step 0']);
    expect(actions(pod, [sandbox(), done('one'), run('side'), done('two')])).toEqual(['start main #0 step 0']);
  });

  test('wait for a sidecar to have started', () => {
    const probes = { ...quietProbes, isStarted: () => false };
    expect(actions(pod, [sandbox(), done('one'), run('side')], { probes })).toEqual([]);
  });

  test('are not run again when the pod is initialised, while sidecars are', () => {
    expect(actions(pod, [sandbox(), run('main')])).toEqual(['start side #0 step 0']);
  });

  test('that fail end the pod when nothing is restarted', () => {
    const never = agentPod({ restartPolicy: 'Never', initContainers: [container('one')] });
    expect(actions(never, [sandbox(), run('one', { state: 'exited', exitCode: 1 })])).toEqual(['stop sandbox-0']);
  });

  test('run again in a new sandbox', () => {
    const old = run('one', { state: 'exited', createdAtMs: now - 5_000, finishedAtMs: now - 4_000 });
    expect(actions(pod, [sandbox('running', 1), old])).toEqual(['start one #1 step 1']);
  });
});

describe('an ephemeral container', () => {
  const look = { name: 'look', image: 'tools:1' };
  const pod = agentPod({ ephemeralContainers: [look] });
  const running = [sandbox(), run('main')];
  const start = ['start look #0 step 0'];
  const lookExited = run('look', { state: 'exited', exitCode: 1 });
  const cases: readonly [string, Pod, readonly EngineContainer[], readonly string[], Partial<PlanInput>?][] = [
    ['is started beside what runs', pod, running, start],
    ['is started once', pod, [...running, run('look')], []],
    ['is not restarted, however it ended', pod, [...running, lookExited], []],
    ['is not started again when the engine has forgotten it', pod, running, [], { knownRestarts: () => 0 }],
    ['is not started again in a new sandbox', pod, [sandbox('running', 1), run('main'), lookExited], []],
    ['is started anew when an agent died before', pod, [...running, run('look', { state: 'created' })], start],
    ['waits for its image', pod, running, [], { holds: new Map([['look', { untilMs: now + 1_000 }]]) }],
    ['is left alone while it starts', pod, running, [], { busy: new Set(['look']) }],
    ['ends with the pod', pod, [...running, run('look')], ['main', 'look'].map(stopped), { mustStop: true }],
    [
      'ends when all others have ended for good',
      agentPod({ restartPolicy: 'Never', ephemeralContainers: [look] }),
      [sandbox(), run('main', { state: 'exited' }), run('look')],
      [stopped('look')],
    ],
    [
      'may look at a pod that does not get on',
      agentPod({ initContainers: [container('one')], ephemeralContainers: [look] }),
      [sandbox(), run('one')],
      start,
    ],
  ];
  test.each(cases)('%s', (_what, of, runs, expected, over) => {
    expect(actions(of, runs, over)).toEqual(expected);
  });

  test('that has a target waits until that runs, and joins its latest run', () => {
    const aimed = agentPod({ ephemeralContainers: [{ ...look, targetContainerName: 'main' }] });
    const crashed = run('main', { state: 'exited', exitCode: 1, restartCount: 1 });
    expect(actions(aimed, [sandbox(), crashed])).toEqual([]);
    const again = plan(aimed, [sandbox(), crashed, run('main', { restartCount: 2 })]).actions;
    expect(again).toMatchObject([{ kind: 'start-container', container: { name: 'look' }, target: { id: 'main-2' } }]);
  });
});

describe('a pod that ends', () => {
  const side = container('side', { restartPolicy: 'Always' });
  const helper = container('helper', { restartPolicy: 'Always' });

  test('stops its containers together, then the sandbox', () => {
    const runs = [sandbox(), run('main'), run('other')];
    expect(actions(stopping, runs, { mustStop: true })).toEqual([
      'stop main-0 in 5000 because pod-ends',
      'stop other-0 in 5000 because pod-ends',
    ]);
    expect(actions(stopping, [sandbox(), run('main', { state: 'exited' })], { mustStop: true })).toEqual([
      'stop sandbox-0',
    ]);
    expect(actions(stopping, [sandbox('exited')], { mustStop: true })).toEqual([]);
  });

  test('stops sidecars last, in reverse order, with what is left of the grace', () => {
    const pod = { ...stopping, spec: { containers: [container('main')], initContainers: [side, helper] } };
    const over = { mustStop: true, stoppingSinceMs: now - 2_000 };
    expect(actions(pod, [sandbox(), run('side'), run('helper'), run('main')], over)).toEqual([
      'stop main-0 in 5000 because pod-ends',
    ]);
    expect(actions(pod, [sandbox(), run('side'), run('helper')], over)).toEqual([
      'stop helper-0 in 3000 because pod-ends',
    ]);
    expect(actions(pod, [sandbox(), run('side')], { ...over, stoppingSinceMs: now - 60_000 })).toEqual([
      'stop side-0 in 2000 because pod-ends',
    ]);
  });

  test('waits for a container that is being started, to stop it then', () => {
    expect(actions(stopping, [sandbox()], { mustStop: true, busy: new Set(['main']) })).toEqual([]);
  });

  test('ends by itself when all its work is done', () => {
    const pod = agentPod({ restartPolicy: 'Never', initContainers: [side] });
    const runs = [sandbox(), run('side'), run('main', { state: 'exited' })];
    expect(actions(pod, runs)).toEqual(['stop side-0 in 30000 because pod-ends']);
  });
});
