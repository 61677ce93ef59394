import { describe, expect, test } from 'vitest';
import { deployment, node, pod, testNowMs, type PodOptions } from '../../../test/support/kube-builders.ts';
import { probe, termination } from '../../../test/support/signal-builders.ts';
import { kubeMicroTime, kubeTime } from '../../../lib/kube/time.ts';
import type { ContainerState, Lease, Node, Pod } from '../../../lib/kube/types.ts';
import type { ProbeRecord, ProbeType, TerminationRecord } from '../../../lib/signals/records.ts';
import { containersOf, type AlertFacts } from '../alert-facts.ts';
import type { AlertRule } from '../alert-rule.ts';
import { allRules } from '../all-rules.ts';
import { containerProbeFailing } from './container-probe-failing.ts';
import { crashLoop } from './crash-loop.ts';
import { livenessRestart } from './liveness-restart.ts';
import { logLinesLost } from './log-lines-lost.ts';
import { logShipperBehind } from './log-shipper-behind.ts';
import { logStoreDamaged } from './log-store-damaged.ts';
import { logStoreDown } from './log-store-down.ts';
import { logStoreRefusesDocuments } from './log-store-refuses-documents.ts';
import { nodeDiskFull } from './node-disk-full.ts';
import { nodeHeartbeatLate } from './node-heartbeat-late.ts';
import { oomKilled } from './oom-killed.ts';
import { probeCannotRun } from './probe-cannot-run.ts';
import { serviceNoReadyEndpoints } from './service-no-ready-endpoints.ts';

interface World {
  readonly pods?: readonly Pod[];
  readonly nodes?: readonly Node[];
  readonly lease?: Lease;
  readonly watchedForMs?: number;
  readonly records?: Partial<Record<ProbeType, ProbeRecord>>;
  readonly end?: TerminationRecord;
  readonly services?: AlertFacts['services'];
  readonly deployments?: AlertFacts['deployments'];
  readonly damaged?: Readonly<Record<string, number>>;
}

function facts(world: World): AlertFacts {
  const pods = world.pods ?? [];
  return {
    nowMs: testNowMs,
    watchedForMs: world.watchedForMs ?? 3_600_000,
    pods,
    containers: containersOf(pods),
    nodes: world.nodes ?? [],
    services: world.services ?? [],
    deployments: world.deployments ?? [],
    leaseOf: () => world.lease,
    workloadOf: () => ({ kind: 'Deployment', name: 'hello' }),
    podsIn: () => pods,
    lastProbe: (_, __, type) => world.records?.[type],
    lastTermination: () => world.end,
    quarantinedLogBlocks: new Map(Object.entries(world.damaged ?? {})),
  };
}

const running = (over: PodOptions = {}) =>
  pod({ node: 'node-1', restarts: 0, readySinceMs: testNowMs - 60_000, ...over });
const broken = (restarts: number, state: ContainerState, last?: ContainerState): Pod => {
  const found = pod({ node: 'node-1', restarts });
  const [status] = found.status?.containerStatuses ?? [];
  if (status) Object.assign(status, { ready: false, state, ...(last ? { lastState: last } : {}) });
  return found;
};
const ready = (found: Pod): Pod => {
  const [status] = found.status?.containerStatuses ?? [];
  if (status) status.ready = true;
  return found;
};
const ended = (reason: string, exitCode: number, agoMs = 5_000): ContainerState => ({
  terminated: { reason, exitCode, finishedAt: kubeTime(testNowMs - agoMs) },
});
const backOff: ContainerState = { waiting: { reason: 'CrashLoopBackOff' } };
const back: ContainerState = { running: { startedAt: kubeTime(testNowMs) } };
const withCondition = (type: string, status: string, message = ''): Node => {
  const found = node({ name: 'node-1' });
  found.status?.conditions?.push({ type, status, message });
  return found;
};
const heartbeat = (agoMs: number): Lease => ({
  spec: { renewTime: kubeMicroTime(testNowMs - agoMs), leaseDurationSeconds: 4 },
});
const service = (name: string, namespace = 'default') => ({
  metadata: { name, namespace },
  spec: { selector: { app: 'hello' } },
});
const ago = (ms: number) => new Date(testNowMs - ms).toISOString();

describe('what each rule sees', () => {
  const cases: readonly [AlertRule, string, World, number][] = [
    [containerProbeFailing, 'a probe at its threshold', { pods: [running()], records: { readiness: probe() } }, 1],
    [containerProbeFailing, 'below it', { pods: [running()], records: { readiness: probe({ run: 2 }) } }, 0],
    [
      containerProbeFailing,
      'a success',
      { pods: [running()], records: { readiness: probe({ outcome: 'success' }) } },
      0,
    ],
    [
      containerProbeFailing,
      'a failure before the restart',
      { pods: [running({ restarts: 1 })], records: { liveness: probe() } },
      0,
    ],
    [
      probeCannotRun,
      'a probe that cannot be run',
      { pods: [running()], records: { liveness: probe({ outcome: 'unknown' }) } },
      1,
    ],
    [probeCannotRun, 'one that fails', { pods: [running()], records: { liveness: probe() } }, 0],
    [
      livenessRestart,
      'a restart by the liveness probe',
      { pods: [running({ restarts: 1 })], end: termination({ reason: 'LivenessProbeFailed' }) },
      1,
    ],
    [
      livenessRestart,
      'the same ten minutes later',
      { pods: [running()], end: termination({ reason: 'LivenessProbeFailed', time: ago(600_000) }) },
      0,
    ],
    [livenessRestart, 'a crash', { pods: [running()], end: termination() }, 0],
    [crashLoop, 'back-off after two restarts', { pods: [broken(2, backOff, ended('Error', 1))] }, 1],
    [crashLoop, 'the moment between two crashes', { pods: [broken(3, back, ended('Error', 1))] }, 1],
    [crashLoop, 'the first crash', { pods: [broken(1, backOff, ended('Error', 1))] }, 0],
    [crashLoop, 'an old crash of a pod that is not ready', { pods: [broken(3, back, ended('Error', 1, 600_000))] }, 0],
    [crashLoop, 'the ready moment between two crashes', { pods: [ready(broken(3, back, ended('Error', 1)))] }, 1],
    [crashLoop, 'ready for long enough', { pods: [ready(broken(3, back, ended('Error', 1, 31_000)))] }, 0],
    [crashLoop, 'a container that has recovered', { pods: [running({ restarts: 5 })], end: termination() }, 0],
    [
      oomKilled,
      'an end for want of memory',
      { pods: [running({ restarts: 1 })], end: termination({ reason: 'OOMKilled', exitCode: 137 }) },
      1,
    ],
    [oomKilled, 'the same from the status alone', { pods: [broken(1, back, ended('OOMKilled', 137))] }, 1],
    [oomKilled, 'another end', { pods: [broken(1, back, ended('Error', 137))] }, 0],
    [serviceNoReadyEndpoints, 'no pod ready', { services: [service('hello')], pods: [pod({ node: 'node-1' })] }, 1],
    [
      serviceNoReadyEndpoints,
      'pods asked for and none there',
      { services: [service('hello')], deployments: [deployment()] },
      1,
    ],
    [
      serviceNoReadyEndpoints,
      'one pod ready',
      { services: [service('hello')], pods: [running(), pod({ node: 'node-1' })] },
      0,
    ],
    [
      serviceNoReadyEndpoints,
      'scaled to 0',
      { services: [service('hello')], deployments: [deployment({ replicas: 0 })] },
      0,
    ],
    [
      serviceNoReadyEndpoints,
      'no selector',
      { services: [{ metadata: { name: 'kubernetes', namespace: 'default' }, spec: {} }] },
      0,
    ],
    [logStoreDown, 'the store without a ready pod', { services: [service('elasticsearch', 'vigil-system')] }, 1],
    [
      logStoreDown,
      'the store with one',
      { services: [service('elasticsearch', 'vigil-system')], pods: [running()] },
      0,
    ],
    [logStoreDown, 'a cluster without a store', {}, 0],
    [logStoreDamaged, 'two indices with damaged blocks', { damaged: { a: 1, b: 3 } }, 2],
    [logStoreDamaged, 'a whole store', {}, 0],
    [
      serviceNoReadyEndpoints,
      'the store, which has its own alert',
      {
        services: [service('elasticsearch', 'vigil-system')],
        deployments: [deployment({ meta: { namespace: 'vigil-system' } })],
      },
      0,
    ],
    [nodeHeartbeatLate, 'a Lease that ran out', { nodes: [node({})], lease: heartbeat(4_100) }, 1],
    [nodeHeartbeatLate, 'a heartbeat in time', { nodes: [node({})], lease: heartbeat(3_900) }, 0],
    [
      nodeHeartbeatLate,
      'a Lease that could not be renewed while the control plane was away',
      { nodes: [node({})], lease: heartbeat(30_000), watchedForMs: 2_000 },
      0,
    ],
    [nodeHeartbeatLate, 'a node declared unreachable', { nodes: [node({ ready: 'Unknown' })] }, 1],
    [nodeHeartbeatLate, 'a node that has not begun', { nodes: [node({ ready: 'never' })] }, 0],
    [nodeDiskFull, 'pressure', { nodes: [withCondition('DiskPressure', 'True', '4 % left')] }, 1],
    [nodeDiskFull, 'none', { nodes: [withCondition('DiskPressure', 'False')] }, 0],
    [
      logShipperBehind,
      'a shipper that is behind',
      { nodes: [withCondition('vigil.dev/LogShipperBehind', 'True', '2 m behind')] },
      1,
    ],
    [logLinesLost, 'lines lost', { nodes: [withCondition('vigil.dev/LogLinesLost', 'True', '7 lines were lost')] }, 1],
    [logLinesLost, 'none lately', { nodes: [withCondition('vigil.dev/LogLinesLost', 'False')] }, 0],
    [
      logStoreRefusesDocuments,
      'documents refused',
      { nodes: [withCondition('vigil.dev/LogDocumentsRefused', 'True', '2 documents were refused')] },
      1,
    ],
    [logStoreRefusesDocuments, 'none lately', { nodes: [withCondition('vigil.dev/LogDocumentsRefused', 'False')] }, 0],
  ];

  test.each(cases)('$0.name: %s', (rule, _, world, expected) => {
    expect(rule.evaluate(facts(world))).toHaveLength(expected);
  });

  test('every rule was asked', () => {
    const asked = cases.map(([rule]) => rule.name);
    expect(new Set(asked)).toEqual(new Set(allRules.map(({ name }) => name)));
  });
});

describe('what an alert says', () => {
  const only = (rule: AlertRule, world: World) => rule.evaluate(facts(world))[0];

  test('a failing probe: what it answered, how often, where, and whose last lines to fetch', () => {
    expect(only(containerProbeFailing, { pods: [running()], records: { readiness: probe() } })).toMatchObject({
      labels: {
        namespace: 'default',
        pod: 'a-pod',
        container: 'main',
        node: 'node-1',
        workload: 'hello',
        probe: 'readiness',
      },
      description:
        'readiness of a-pod: 503 "db: connection refused" (3 in a row, threshold 3). The check is GET :81/readiness, on node node-1.',
      evidence: { probe: { output: '503 db: connection refused', run: 3, threshold: 3 }, node: 'node-1' },
      tail: { namespace: 'default', pod: 'a-pod', container: 'main', node: 'node-1' },
    });
  });

  test('a crash loop: exit code, reason and the last lines', () => {
    const world = { pods: [broken(4, backOff)], end: termination({ exitCode: 3 }) };
    expect(only(crashLoop, world)).toMatchObject({
      description: '4 restarts on node-1, last exit code 3 (Error). Its last line: FATAL no database',
      evidence: { exitCode: 3, reason: 'Error', lastLines: ['starting', 'FATAL no database'] },
    });
  });

  test('a restart by a probe: what the probe answered', () => {
    const end = termination({
      reason: 'LivenessProbeFailed',
      exitCode: 137,
      probe: probe({ probe: 'liveness', output: '500' }),
    });
    expect(only(livenessRestart, { pods: [running({ restarts: 1 })], end })).toMatchObject({
      description: 'The liveness probe failed on node-1. It answered 500, 3 of 3. It has been restarted 1 times.',
      evidence: { exitCode: 137, probe: { type: 'liveness', output: '500' } },
    });
  });
});
