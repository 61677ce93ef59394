import { describe, expect, test } from 'vitest';
import type { Pod } from '../../lib/kube/types.ts';
import { agentNowMs as now, agentPod, container, run, sandbox } from '../../test/support/agent-builders.ts';
import type { EngineContainer } from '../runtime/runtime.ts';
import { observedPodOf } from './observed-pod.ts';
import { podStatus, type StatusInput } from './status.ts';

function status(pod: Pod, containers: readonly EngineContainer[], over: Partial<StatusInput> = {}) {
  return podStatus({
    pod,
    observed: observedPodOf(containers),
    probes: { isStarted: () => true, isReady: () => true, failure: () => undefined },
    waiting: new Map(),
    backingOff: new Map(),
    messages: new Map(),
    hasEnded: false,
    hostIP: '10.244.1.1',
    nowMs: now,
    ...over,
  });
}

const ended = (exitCode: number, name = 'main') => run(name, { state: 'exited', exitCode });
const condition = (of: ReturnType<typeof status>, type: string) => of.conditions?.find((found) => found.type === type);

test('what a container mounts is told, and that what lies below a read-only mount may be written', () => {
  const volumeMounts = [
    { name: 'data', mountPath: '/data' },
    { name: 'config', mountPath: '/etc/config', readOnly: true, recursiveReadOnly: 'IfPossible', subPath: 'a' },
  ];
  const pod = agentPod({ containers: [container('main', { volumeMounts })] });
  expect(status(pod, [sandbox(), run('main')]).containerStatuses?.[0]?.volumeMounts).toEqual([
    { name: 'data', mountPath: '/data' },
    { name: 'config', mountPath: '/etc/config', readOnly: true, recursiveReadOnly: 'Disabled' },
  ]);
});

describe('the phase', () => {
  const never = agentPod({ restartPolicy: 'Never' });
  const onFailure = agentPod({ restartPolicy: 'OnFailure' });
  const two = agentPod({ restartPolicy: 'Never', containers: [container('main'), container('other')] });
  const init = agentPod({ restartPolicy: 'Never', initContainers: [container('one')] });
  const cases: readonly [string, Pod, readonly EngineContainer[], string][] = [
    ['nothing there', agentPod(), [], 'Pending'],
    ['running', agentPod(), [sandbox(), run('main')], 'Running'],
    ['crashed and to be restarted', agentPod(), [sandbox(), ended(1)], 'Running'],
    ['ended well, always restarted', agentPod(), [sandbox(), ended(0)], 'Running'],
    ['ended well', never, [sandbox(), ended(0)], 'Succeeded'],
    ['ended badly', never, [sandbox(), ended(1)], 'Failed'],
    ['ended well, restarted on failure', onFailure, [sandbox(), ended(0)], 'Succeeded'],
    ['ended badly, restarted on failure', onFailure, [sandbox(), ended(1)], 'Running'],
    ['one of two ended', two, [sandbox(), ended(0), run('other')], 'Running'],
    ['one of two not there yet', two, [sandbox(), run('main')], 'Pending'],
    ['both ended, one badly', two, [sandbox(), ended(0), ended(2, 'other')], 'Failed'],
    ['initialising', init, [sandbox(), run('one')], 'Pending'],
    ['init failed for good', init, [sandbox(), ended(1, 'one')], 'Failed'],
  ];
  test.each(cases)('%s', (_what, pod, containers, phase) => {
    expect(status(pod, containers).phase).toBe(phase);
  });

  test('follows when the sidecars have ended', () => {
    const pod = agentPod({ restartPolicy: 'Never', initContainers: [container('side', { restartPolicy: 'Always' })] });
    expect(status(pod, [sandbox(), run('side'), ended(0)]).phase).toBe('Running');
    expect(status(pod, [sandbox(), ended(137, 'side'), ended(0)]).phase).toBe('Succeeded');
  });

  test('is Failed with the reason when the node decided so, once nothing runs', () => {
    const verdict = { reason: 'DeadlineExceeded', message: 'too long' };
    expect(status(agentPod(), [sandbox(), run('main')], { verdict }).phase).toBe('Running');
    const of = status(agentPod(), [ended(137)], { verdict, hasEnded: true });
    expect(of).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long' });
  });

  test('of a pod that was refused is Failed, without containers', () => {
    const of = status(agentPod(), [], { verdict: { reason: 'OutOfcpu', message: 'no' }, hasEnded: true });
    expect(of).toMatchObject({ phase: 'Failed', reason: 'OutOfcpu' });
    expect(of).not.toHaveProperty('containerStatuses');
  });

  test('of a pod whose time was over before it ran shows what never ran as lost', () => {
    const pod = agentPod({ containers: [container('main'), container('other')] });
    const verdict = { reason: 'DeadlineExceeded', message: 'too long' };
    const of = status(pod, [ended(137)], { verdict, hasEnded: true });
    expect(of.containerStatuses?.map(({ state }) => state?.terminated?.reason)).toEqual([
      'Error',
      'ContainerStatusUnknown',
    ]);
  });

  test('once ended, stays', () => {
    const pod = agentPod({}, { status: { phase: 'Failed', reason: 'OutOfcpu', message: 'no' } });
    expect(status(pod, [])).toMatchObject({ phase: 'Failed', reason: 'OutOfcpu', message: 'no' });
  });
});

describe('a container', () => {
  test('that runs', () => {
    expect(status(agentPod(), [sandbox(), run('main')]).containerStatuses?.[0]).toEqual({
      name: 'main',
      image: 'app:1',
      imageID: 'docker://sha256:1',
      containerID: 'docker://main-0',
      restartCount: 0,
      ready: true,
      started: true,
      state: { running: { startedAt: '2023-11-14T22:13:19Z' } },
      lastState: {},
      resources: {},
    });
  });

  test('that waits for its back-off', () => {
    const backingOff = new Map([['main', 40_000]]);
    const messages = new Map([['main-3', 'last words']]);
    const crashed = run('main', { state: 'exited', exitCode: 2, restartCount: 3 });
    const [main] = status(agentPod(), [sandbox(), crashed], { backingOff, messages }).containerStatuses ?? [];
    expect(main?.state).toEqual({
      waiting: {
        reason: 'CrashLoopBackOff',
        message: 'back-off 40s restarting failed container=main pod=a-pod_default(uid-1)',
      },
    });
    expect(main?.lastState?.terminated).toMatchObject({ exitCode: 2, reason: 'Error', message: 'last words' });
    expect(main).toMatchObject({ restartCount: 3, ready: false, started: false });
  });

  test('that was killed for memory or could not be started', () => {
    const terminated = (over: Parameters<typeof run>[1]) =>
      status(agentPod({ restartPolicy: 'Never' }), [sandbox(), run('main', { state: 'exited', ...over })])
        .containerStatuses?.[0]?.state?.terminated;
    expect(terminated({ exitCode: 137, oomKilled: true })).toMatchObject({ reason: 'OOMKilled', signal: 9 });
    const failedStart = {
      ...run('main', { state: 'exited', exitCode: 127, error: 'no such file' }),
      startedAtMs: undefined,
    };
    const of = status(agentPod({ restartPolicy: 'Never' }), [sandbox(), failedStart]);
    expect(of.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      reason: 'ContainerCannotRun',
      message: 'no such file',
      exitCode: 127,
    });
  });

  test('that is not there yet says what it waits for', () => {
    const waiting = (pod: Pod) => status(pod, []).containerStatuses?.[0]?.state?.waiting?.reason;
    expect(waiting(agentPod())).toBe('ContainerCreating');
    expect(waiting(agentPod({ initContainers: [container('one')] }))).toBe('PodInitializing');
  });

  test('keeps what the API knows when its runs are gone from the engine', () => {
    const pod = agentPod(
      {},
      {
        status: {
          containerStatuses: [
            {
              name: 'main',
              image: 'app:1',
              imageID: 'docker://x',
              containerID: 'docker://old',
              restartCount: 7,
              ready: false,
            },
          ],
        },
      },
    );
    expect(status(pod, [sandbox()]).containerStatuses?.[0]).toMatchObject({
      restartCount: 7,
      containerID: 'docker://old',
    });
  });
});

describe('conditions', () => {
  test('say what is missing', () => {
    const pod = agentPod({ initContainers: [container('one')], containers: [container('main'), container('other')] });
    const of = status(pod, [sandbox(), run('one')]);
    expect(condition(of, 'PodReadyToStartContainers')).toMatchObject({ status: 'True' });
    expect(condition(of, 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [one]',
    });
    expect(condition(of, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [main other]',
    });
  });

  test('move their time only with their status, and keep what others wrote', () => {
    const before = '2020-01-01T00:00:00Z';
    const pod = agentPod(
      {},
      {
        status: {
          conditions: [
            { type: 'Ready', status: 'True', lastTransitionTime: before },
            { type: 'ContainersReady', status: 'False', lastTransitionTime: before },
            { type: 'example.com/Gate', status: 'True', lastTransitionTime: before },
          ],
        },
      },
    );
    const of = status(pod, [sandbox(), run('main')]);
    expect(condition(of, 'Ready')?.lastTransitionTime).toBe(before);
    expect(condition(of, 'ContainersReady')?.lastTransitionTime).toBe('2023-11-14T22:13:20Z');
    expect(condition(of, 'example.com/Gate')?.lastTransitionTime).toBe(before);
  });

  test('a readiness gate keeps the pod from being ready, not its containers', () => {
    const of = status(agentPod({ readinessGates: [{ conditionType: 'example.com/Gate' }] }), [sandbox(), run('main')]);
    expect(condition(of, 'ContainersReady')?.status).toBe('True');
    expect(condition(of, 'Ready')).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady' });
  });

  test('a pod that has done its work is not ready any more', () => {
    const of = status(agentPod({ restartPolicy: 'Never' }), [sandbox(), ended(0)]);
    expect(condition(of, 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
  });
});

describe('ephemeral containers', () => {
  const look = { name: 'look', image: 'tools:1' };
  const pod = agentPod({ ephemeralContainers: [look] });
  const running = [sandbox(), run('main')];
  const of = (containers: readonly EngineContainer[], from = pod) =>
    status(from, [...running, ...containers]).ephemeralContainerStatuses?.[0];
  /** As the API has it after the container ran and the engine forgot it. */
  const known = (state: object) => ({
    ...pod,
    status: {
      ephemeralContainerStatuses: [
        {
          name: 'look',
          image: 'tools:1',
          imageID: '',
          ready: false,
          restartCount: 0,
          containerID: 'docker://x',
          state,
        },
      ],
    },
  });

  test('are told apart from others, and are neither ready nor started', () => {
    expect(of([run('look')])).toEqual({
      name: 'look',
      image: 'tools:1',
      imageID: 'docker://sha256:1',
      containerID: 'docker://look-0',
      restartCount: 0,
      ready: false,
      state: { running: { startedAt: '2023-11-14T22:13:19Z' } },
      lastState: {},
    });
    expect(of([ended(3, 'look')])).toMatchObject({ state: { terminated: { exitCode: 3, reason: 'Error' } } });
    expect(status(agentPod(), running)).not.toHaveProperty('ephemeralContainerStatuses');
  });

  test('count neither for the phase nor for readiness', () => {
    const whole = status(pod, [...running, ended(1, 'look')]);
    expect([whole.phase, condition(whole, 'Ready')?.status]).toEqual(['Running', 'True']);
    const never = agentPod({ restartPolicy: 'Never', ephemeralContainers: [look] });
    expect(status(never, [sandbox(), ended(0), run('look')]).phase).toBe('Succeeded');
  });

  test('say what they wait for', () => {
    expect(of([])).toMatchObject({ state: { waiting: { reason: 'ContainerCreating' } } });
    const aimed = agentPod({ ephemeralContainers: [{ ...look, targetContainerName: 'other' }] });
    expect(of([], aimed)?.state).toEqual({
      waiting: { reason: 'ContainerCreating', message: 'target container "other" is not running' },
    });
  });

  test('keep how they ended when the engine has forgotten them', () => {
    const terminated = { exitCode: 0, reason: 'Completed', containerID: 'docker://x' };
    expect(of([], known({ terminated }))?.state).toEqual({ terminated });
    expect(of([], known({ running: {} }))?.state?.terminated).toMatchObject({ reason: 'ContainerStatusUnknown' });
  });
});
