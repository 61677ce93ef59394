import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { agentPod, container } from '../../test/support/agent-builders.ts';
import { diskAtRest } from '../../test/support/disk-at-rest.ts';
import { FakeClock } from '../../lib/clock.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import type { Pod, PodStatus } from '../../lib/kube/types.ts';
import { silentLog } from '../../lib/log.ts';
import { StateFile } from '../../lib/state-file.ts';
import type { TerminationRecord } from '../../lib/signals/records.ts';
import { failure, success, type CheckOutcome } from '../probes/check-outcome.ts';
import { ProbeManager } from '../probes/probe-manager.ts';
import { HollowRuntime, type HollowProcess } from '../runtime/hollow-runtime.ts';
import { SignalLog } from '../signals/signal-log.ts';
import { ImageVolumes } from '../volumes/image-volumes.ts';
import { PodVolumes } from '../volumes/pod-volumes.ts';
import { ReferencedObjects } from '../volumes/referenced-objects.ts';
import { ServiceAccountTokens } from '../volumes/service-account-tokens.ts';
import { PodAddresses } from './addresses.ts';
import { Images } from './images.ts';
import { LogSources } from './log-sources.ts';
import { Observer } from './observe.ts';
import type { PodDeps } from './pod-deps.ts';
import { PodFiles } from './pod-files.ts';
import { Allocations } from './resize/allocations.ts';
import { PodWorker } from './worker.ts';

/** The pods here use nothing that the API would be asked for. */
const noApi = {} as KubeClient;

/** An agent's pod room on a hollow engine, with a clock that is told the time. Survives `restart`, as the engine and the disk do. */
class Room {
  readonly clock = new FakeClock();
  readonly runtime: HollowRuntime;
  readonly events: string[] = [];
  readonly dir: string;
  readonly allocations: Allocations;
  memoryUsage: number | undefined;
  check: () => CheckOutcome = () => success('');
  behaviour: () => HollowProcess = () => ({});
  signals = new SignalLog({ append: () => {} }, 'test');
  #observer: Observer | undefined;
  #probes: ProbeManager | undefined;
  #worker: PodWorker | undefined;
  #status: PodStatus = {};
  #hasEnded = false;
  readonly statuses: PodStatus[] = [];

  constructor(dir: string) {
    this.dir = dir;
    this.allocations = new Allocations(
      new StateFile(join(dir, 'allocations.json'), 'allocations', this.clock, silentLog),
    );
    this.runtime = new HollowRuntime({
      clock: this.clock,
      images: ['app:1', 'pause'],
      behaviour: (command) => (command[0] === 'app' ? this.behaviour() : {}),
    });
  }

  get status(): PodStatus {
    return this.#status;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get main() {
    return this.#status.containerStatuses?.[0];
  }

  get worker(): PodWorker {
    if (!this.#worker) throw new Error('the room is closed');
    return this.#worker;
  }

  async open(pod: Pod): Promise<void> {
    const { clock, runtime } = this;
    const observer = new Observer({ runtime, clock, log: silentLog });
    this.#observer = observer;
    const files = new PodFiles(this.dir);
    const objects = new ReferencedObjects({ client: noApi, clock, log: silentLog });
    const facts = (of: Pod) => ({
      pod: of,
      hostIP: '10.0.1.1',
      nodeName: 'node-1',
      allocatable: { cpu: '1', memory: '1Gi' },
    });
    const events = {
      event: (_pod: Pod, type: string, reason: string, message: string) => {
        this.events.push(`${type} ${reason} ${message}`);
      },
    };
    const runCheck = () => Promise.resolve(this.check());
    this.#probes = new ProbeManager({
      nodeName: 'node-1',
      statePath: join(this.dir, 'probes.json'),
      runCheck,
      listener: { onAttempt: () => {}, onChange: () => this.#worker?.wake() },
      clock,
      log: silentLog,
      random: () => 0,
    });
    const sources = new LogSources(join(this.dir, 'sources'), 'node-1', silentLog);
    await sources.load();
    const images = new Images({ runtime, events, clock, secretsOf: () => Promise.resolve([]) });
    const deps: PodDeps = {
      node: {
        nodeName: 'node-1',
        nodeIP: '10.0.1.1',
        clusterDomain: 'cluster.local',
        networkName: 'pods',
        pauseImage: 'pause',
        machineMemoryBytes: 1e9,
        minOomScoreAdj: 0,
      },
      runtime,
      observer,
      probes: this.#probes,
      runCheck,
      volumes: new PodVolumes({
        files,
        objects,
        tokens: new ServiceAccountTokens(noApi, clock),
        facts,
        node: () => undefined,
      }),
      objects,
      files,
      addresses: new PodAddresses('10.0.1.0/24'),
      allocations: this.allocations,
      memoryUsage: () => Promise.resolve(this.memoryUsage),
      images,
      imageVolumes: new ImageVolumes({ runtime, images, files }),
      sources,
      removal: { heldAfterMs: 0, removedAfterMs: 0, minFreeShare: 0 },
      signals: this.signals,
      events,
      backOff: { initialMs: 10_000, maxMs: 300_000, resetAfterMs: 600_000 },
      serviceEnv: () => Promise.resolve(new Map<string, string>()),
      facts,
      clock,
      log: silentLog,
    };
    this.allocations.admit(pod);
    await this.#probes.start();
    await observer.start(new AbortController().signal);
    this.#worker = new PodWorker(pod, deps, {
      onStatus: (_pod, status, hasEnded) => {
        this.#status = status;
        this.statuses.push(status);
        this.#hasEnded = hasEnded;
      },
      onStarted: () => {},
      onGone: () => {
        this.#hasEnded = true;
      },
    });
    observer.onChange(() => this.#worker?.wake());
    this.#worker.wake();
  }

  async close(): Promise<void> {
    await this.#worker?.stop();
    await this.#probes?.stop();
    const stopping = this.#observer?.stop();
    await this.clock.advance(1_000);
    await stopping;
    await this.allocations.flush();
    this.#worker = undefined;
  }

  /** Lets time pass in small steps until it is so; the real disk is waited for between them. */
  async until(what: string, isSo: () => boolean, withinMs = 5_000): Promise<void> {
    for (let passedMs = 0; passedMs <= withinMs; passedMs += 50) {
      if (isSo()) return;
      await this.clock.advance(50);
      await diskAtRest();
    }
    throw new Error(`not within ${withinMs} ms: ${what}; ${JSON.stringify(this.#status)}`);
  }

  terminations(): TerminationRecord[] {
    return this.signals
      .after(0, 1_000)
      .map(({ signal }) => signal)
      .filter((signal) => signal.type === 'termination');
  }

  crash(exitCode: number): void {
    this.runtime.crash(this.main?.containerID?.replace('docker://', '') ?? '', exitCode);
  }
}

let room: Room;

beforeEach(async () => {
  room = new Room(await mkdtemp(join(tmpdir(), 'vigil-worker-')));
});

afterEach(async () => {
  await room.close();
  await rm(room.dir, { recursive: true, force: true });
});

const app = (over = {}) => agentPod({ containers: [container('main', { command: ['app'], ...over })] });
const isReady = () => room.main?.ready === true;

test('a pod runs, and says how it got there', async () => {
  await room.open(app());
  await room.until('it runs', () => room.status.phase === 'Running');
  expect(room.status).toMatchObject({ podIP: '10.0.1.2', hostIP: '10.0.1.1', qosClass: 'BestEffort' });
  expect(room.events).toEqual([
    'Normal Pulled Container image "app:1" already present on machine',
    'Normal Created Container created: main',
    'Normal Started Container started: main',
  ]);
});

test('a container that crashes again and again waits longer each time, across a restart of the agent too', async () => {
  const pod = app();
  await room.open(pod);
  await room.until('it runs', isReady);
  room.crash(1);
  await room.until('the first restart is immediate', () => isReady() && room.main?.restartCount === 1, 1_000);
  room.crash(1);
  await room.until('it backs off', () => room.main?.state?.waiting?.reason === 'CrashLoopBackOff');
  expect(room.main?.state?.waiting?.message).toContain('back-off 10s restarting failed container=main');
  await room.close();
  await room.open({ ...pod, status: room.status });
  await room.until('it still backs off', () => room.main?.state?.waiting?.reason === 'CrashLoopBackOff');
  await room.until('it runs again', () => isReady() && room.main?.restartCount === 2, 11_000);
  room.crash(1);
  await room.until(
    'it waits twice as long',
    () => room.main?.state?.waiting?.message?.includes('back-off 20s') === true,
  );
  expect(room.terminations().map(({ reason, restartCount }) => [reason, restartCount])).toEqual([
    ['Error', 0],
    ['Error', 1],
    ['Error', 2],
  ]);
});

test('liveness at its threshold kills the container; the record says which probe and how often', async () => {
  await room.open(app({ livenessProbe: { exec: { command: ['x'] }, periodSeconds: 1, failureThreshold: 2 } }));
  await room.until('it runs', isReady);
  room.check = () => failure('no answer');
  await room.until('it is restarted', () => room.main?.restartCount === 1);
  expect(room.events).toContain('Normal Killing Container main failed liveness probe, will be restarted');
  expect(room.terminations()).toMatchObject([
    { reason: 'LivenessProbeFailed', probe: { probe: 'liveness', run: 2, threshold: 2, output: 'no answer' } },
  ]);
});

test('an agent that starts anew adopts what runs: no restart, and readiness does not flip', async () => {
  const pod = app({ readinessProbe: { exec: { command: ['x'] }, periodSeconds: 1 } });
  await room.open(pod);
  await room.until('it is ready', isReady);
  const before = room.main?.containerID;
  await room.clock.advance(1_000);
  await room.close();
  room.statuses.length = 0;
  await room.open({ ...pod, status: room.status });
  await room.until('the probe has run again', () => room.statuses.length > 0);
  await room.clock.advance(5_000);
  expect(room.main?.containerID).toBe(before);
  expect(room.statuses.every((status) => status.containerStatuses?.[0]?.ready)).toBe(true);
});

test('a pod that is deleted gets its grace, is killed at its end, and has then ended', async () => {
  room.behaviour = () => ({ ignoresSignals: true });
  const pod = app();
  await room.open(pod);
  await room.until('it runs', isReady);
  const metadata = { ...pod.metadata, deletionTimestamp: '2023-11-14T22:13:20Z', deletionGracePeriodSeconds: 5 };
  room.worker.update({ ...pod, metadata, status: room.status });
  await room.clock.advance(4_000);
  expect(room.hasEnded).toBe(false);
  await room.until('it has ended', () => room.hasEnded);
  expect(room.status).toMatchObject({ phase: 'Failed' });
  expect(room.terminations()).toMatchObject([{ reason: 'Deleted', exitCode: 137 }]);
});

test('a grace that is shortened while the pod ends counts at once', async () => {
  room.behaviour = () => ({ ignoresSignals: true });
  const pod = app();
  await room.open(pod);
  await room.until('it runs', isReady);
  const deleted = (seconds: number): Pod => ({
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: '2023-11-14T22:13:20Z', deletionGracePeriodSeconds: seconds },
    status: room.status,
  });
  room.worker.update(deleted(3_600));
  await room.clock.advance(2_000);
  room.worker.update(deleted(1));
  await room.until('it has ended', () => room.hasEnded);
});

test('a pod whose time is over fails with that reason', async () => {
  const pod = { ...app(), status: { startTime: new Date(room.clock.now()).toISOString() } };
  pod.spec = { containers: pod.spec?.containers ?? [], activeDeadlineSeconds: 60 };
  await room.open(pod);
  await room.until('it runs', isReady);
  await room.clock.advance(60_000);
  await room.until('it has failed', () => room.status.phase === 'Failed');
  expect(room.status.reason).toBe('DeadlineExceeded');
});

test('a sandbox that dies is replaced, with everything in it', async () => {
  await room.open(app());
  await room.until('it runs', isReady);
  const sandbox = (await Promise.all((await room.runtime.list()).map(({ id }) => room.runtime.inspect(id)))).find(
    (found) => found?.kind === 'sandbox',
  );
  room.runtime.crash(sandbox?.id ?? '', 137);
  await room.until('it runs again in a new sandbox', () => isReady() && room.main?.restartCount === 1);
});

test('a pod that names devices is not started without them', async () => {
  const pod = agentPod({
    containers: [container('main', { command: ['app'] })],
    resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }],
  });
  await room.open(pod);
  const told =
    'Warning FailedPrepareDynamicResources Failed to prepare dynamic resources: prepare dynamic resources: no DRA driver is registered on this node, for the claims: gpu';
  await room.until('it says why', () => room.events.includes(told));
  expect(room.status.phase).toBe('Pending');
  expect(room.main?.state?.waiting?.reason).toBe('ContainerCreating');
});

test('an image that cannot be had is asked for again, later and later', async () => {
  await room.open(app({ image: 'missing:1' }));
  await room.until('the pull has failed', () => room.main?.state?.waiting?.reason === 'ErrImagePull');
  await room.until('the next try is waited for', () => room.main?.state?.waiting?.reason === 'ImagePullBackOff');
  expect(room.main?.state?.waiting?.message).toBe(
    'Back-off pulling image "missing:1": ErrImagePull: manifest for missing:1 not found',
  );
  const tries = () => room.events.filter((event) => event.startsWith('Normal Pulling')).length;
  expect(tries()).toBe(1);
  await room.clock.advance(10_000);
  expect(tries()).toBe(2);
});

describe('a resize', () => {
  const sized = (cpu: string, memory: string, over: object = {}) =>
    app({ resources: { requests: { cpu, memory }, limits: { cpu, memory } }, ...over });
  const wanting = (pod: Pod, generation: number): Pod => ({
    ...pod,
    metadata: { ...pod.metadata, generation },
    status: room.status,
  });
  const engine = async () =>
    (await room.runtime.inspect(room.main?.containerID?.replace('docker://', '') ?? ''))?.resources;
  const conditionOf = (type: string) => room.status.conditions?.find((condition) => condition.type === type);

  test('is given to the container while it runs, and told', async () => {
    await room.open(sized('100m', '64Mi'));
    await room.until('it runs', isReady);
    expect(room.main).toMatchObject({
      allocatedResources: { cpu: '100m', memory: '64Mi' },
      resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
    });
    const before = room.main?.containerID;
    const pod = wanting(sized('200m', '128Mi'), 2);
    room.allocations.resize(pod);
    room.worker.update(pod);
    await room.until('it is over', () => room.events.some((event) => event.startsWith('Normal ResizeCompleted')));
    expect(await engine()).toEqual({ cpuShares: 204, cpuQuotaUs: 20_000, memoryBytes: 128 * 1024 * 1024 });
    expect(room.main).toMatchObject({ containerID: before, restartCount: 0, resources: { limits: { cpu: '200m' } } });
    expect(room.status.observedGeneration).toBe(2);
    expect(conditionOf('PodResizeInProgress')).toBeUndefined();
    expect(room.statuses.some((status) => status.conditions?.some(({ type }) => type === 'PodResizeInProgress'))).toBe(
      true,
    );
  });

  test('that lowers memory below what is in use is refused, told and tried again', async () => {
    await room.open(sized('100m', '64Mi'));
    await room.until('it runs', isReady);
    room.memoryUsage = 48 * 1024 * 1024;
    const pod = wanting(sized('100m', '32Mi'), 2);
    room.allocations.resize(pod);
    room.worker.update(pod);
    await room.until('it says why not', () => conditionOf('PodResizeInProgress')?.reason === 'Error');
    const message =
      'cannot decrease memory limits: attempting to set container "main" memory limit (33554432) below current usage (50331648)';
    expect(conditionOf('PodResizeInProgress')).toMatchObject({ status: 'True', message, observedGeneration: 2 });
    expect(room.main?.resources?.limits).toEqual({ cpu: '100m', memory: '64Mi' });
    expect(room.main?.allocatedResources).toEqual({ cpu: '100m', memory: '32Mi' });
    await room.clock.advance(5_000);
    expect(room.events.filter((event) => event.startsWith('Warning ResizeError'))).toEqual([
      `Warning ResizeError Pod resize error: ${JSON.stringify({
        containers: [
          {
            name: 'main',
            resources: { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '100m', memory: '32Mi' } },
          },
        ],
        generation: 2,
        error: message,
      })}`,
    ]);
    room.memoryUsage = 16 * 1024 * 1024;
    await room.until('it has less', () => room.main?.resources?.limits?.['memory'] === '32Mi', 60_000);
    expect(conditionOf('PodResizeInProgress')).toBeUndefined();
  });

  test('restarts the container where its policy says so', async () => {
    const policy = { resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }] };
    await room.open(sized('100m', '64Mi', policy));
    await room.until('it runs', isReady);
    const pod = wanting(sized('100m', '128Mi', policy), 2);
    room.allocations.resize(pod);
    room.worker.update(pod);
    await room.until('it runs again', () => isReady() && room.main?.restartCount === 1);
    await room.until('it is over', () => room.events.some((event) => event.startsWith('Normal ResizeCompleted')));
    expect(room.events).toContain('Normal Killing Container main resize requires restart');
    expect((await engine())?.memoryBytes).toBe(128 * 1024 * 1024);
    expect(room.main?.resources?.limits).toEqual({ cpu: '100m', memory: '128Mi' });
  });

  test.each<[string, object, object]>([
    [
      'of a container that ends well, in a pod that is restarted on failure only',
      { memory: '64Mi' },
      { memory: '128Mi' },
    ],
    ['that only changes what the scheduler counts', {}, {}],
  ])('%s restarts it too, and the pod goes on', async (_, limits, larger) => {
    const of = (memory: string, limited: object): Pod => {
      const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
      const resources = { requests: { memory }, limits: limited as Record<string, string> };
      const main = container('main', { command: ['app'], resources, resizePolicy });
      return agentPod({ containers: [main], restartPolicy: 'OnFailure' });
    };
    await room.open(of('64Mi', limits));
    await room.until('it runs', isReady);
    const pod = wanting(of('128Mi', larger), 2);
    room.allocations.resize(pod);
    room.worker.update(pod);
    await room.until('it runs again', () => isReady() && room.main?.restartCount === 1, 1_000);
    await room.until('it is over', () => room.events.some((event) => event.startsWith('Normal ResizeCompleted')));
    expect(room.main?.lastState?.terminated?.exitCode).toBe(0);
    expect(room.statuses.map(({ phase }) => phase)).not.toContain('Succeeded');
    expect(room.events.filter((event) => event.includes('resize requires restart'))).toHaveLength(1);
  });

  test('that there is no room for changes nothing but what is said', async () => {
    await room.open(sized('100m', '64Mi'));
    await room.until('it runs', isReady);
    const pod = wanting(sized('64', '64Mi'), 2);
    room.allocations.refuse(pod, { reason: 'Infeasible', message: 'too much', generation: 2 });
    room.worker.update(pod);
    await room.until('it is told', () => conditionOf('PodResizePending') !== undefined);
    expect(conditionOf('PodResizePending')).toMatchObject({
      status: 'True',
      reason: 'Infeasible',
      message: 'too much',
      observedGeneration: 2,
    });
    expect(room.main?.resources?.limits).toEqual({ cpu: '100m', memory: '64Mi' });
    expect((await engine())?.cpuQuotaUs).toBe(10_000);
  });
});
