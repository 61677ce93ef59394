import { describe, expect, test } from 'vitest';
import type { ContainerState, ContainerStatus, Pod } from '../../../lib/kube/types.ts';
import { eventStrategy } from '../strategies/event.ts';
import { eventColumns } from './cluster-columns.ts';
import { humanDuration } from './column.ts';
import { podColumns, podReason } from './pod-columns.ts';

describe('an age', () => {
  const second = 1000;
  const minute = 60 * second;
  const hour = 60 * minute;
  const day = 24 * hour;
  test.each([
    [0, '0s'],
    [-500, '0s'],
    [-5 * second, '<invalid>'],
    [119 * second, '119s'],
    [120 * second, '2m'],
    [200 * second, '3m20s'],
    [10 * minute, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 5 * minute, '3h5m'],
    [8 * hour + 5 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [2 * day + 3 * hour, '2d3h'],
    [8 * day + 3 * hour, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [800 * day, '2y70d'],
    [3650 * day, '10y'],
  ])('of %i ms is %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });
});

const status = (name: string, state: ContainerState, extra: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  state,
  ready: false,
  restartCount: 0,
  image: 'i',
  imageID: '',
  ...extra,
});
const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const waiting = (reason: string) => ({ waiting: { reason } });
const exited = (exitCode: number, reason?: string) => ({ terminated: { exitCode, ...(reason ? { reason } : {}) } });
const pod = (
  statusPart: Pod['status'],
  spec: Partial<NonNullable<Pod['spec']>> = {},
  metadata: Pod['metadata'] = {},
): Pod => ({
  metadata,
  spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec },
  status: statusPart ?? {},
});
const init = { initContainers: [{ name: 'i1' }, { name: 'i2' }] };

describe('the status column of a pod', () => {
  test.each<[string, Pod, string]>([
    ['its phase', pod({ phase: 'Pending' }), 'Pending'],
    ['its reason', pod({ phase: 'Failed', reason: 'Evicted' }), 'Evicted'],
    [
      'why a container waits',
      pod({ phase: 'Pending', containerStatuses: [status('a', waiting('ImagePullBackOff')), status('b', running)] }),
      'ImagePullBackOff',
    ],
    [
      'the first container that is unwell',
      pod({
        phase: 'Running',
        containerStatuses: [status('a', exited(1, 'Error')), status('b', waiting('CrashLoopBackOff'))],
      }),
      'Error',
    ],
    [
      'the exit code without a reason',
      pod({ phase: 'Running', containerStatuses: [status('a', exited(3))] }),
      'ExitCode:3',
    ],
    [
      'the signal',
      pod({ phase: 'Running', containerStatuses: [status('a', { terminated: { exitCode: 0, signal: 9 } })] }),
      'Signal:9',
    ],
    [
      'Running when one is done and another goes on',
      pod({
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [status('a', exited(0, 'Completed')), status('b', running, { ready: true })],
      }),
      'Running',
    ],
    [
      'which init container runs',
      pod({ phase: 'Pending', initContainerStatuses: [status('i1', exited(0)), status('i2', running)] }, init),
      'Init:1/2',
    ],
    [
      'how an init container failed',
      pod({ phase: 'Pending', initContainerStatuses: [status('i1', exited(2))] }, init),
      'Init:ExitCode:2',
    ],
    [
      'why an init container waits',
      pod({ phase: 'Pending', initContainerStatuses: [status('i1', waiting('CrashLoopBackOff'))] }, init),
      'Init:CrashLoopBackOff',
    ],
    [
      'that it is being deleted',
      pod({ phase: 'Running' }, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      'Terminating',
    ],
    [
      'that its node is lost',
      pod({ phase: 'Running', reason: 'NodeLost' }, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      'Unknown',
    ],
  ])('says %s', (_what, object, text) => {
    expect(podReason(object)).toBe(text);
  });

  test('stands beside readiness and restarts, which count sidecars', () => {
    const now = Date.parse('2026-01-01T00:10:00Z');
    const object = pod(
      {
        phase: 'Running',
        initContainerStatuses: [status('side', running, { ready: true, started: true, restartCount: 1 })],
        containerStatuses: [
          status('a', running, {
            ready: true,
            restartCount: 2,
            lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:05:00Z' } },
          }),
          status('b', waiting('CrashLoopBackOff')),
        ],
      },
      { initContainers: [{ name: 'side', restartPolicy: 'Always' }] },
      { name: 'p', creationTimestamp: '2026-01-01T00:00:00Z' },
    );
    expect(podColumns.slice(0, 5).map((column) => column.value(object, now))).toEqual([
      'p',
      '2/3',
      'CrashLoopBackOff',
      '3 (5m ago)',
      '10m',
    ]);
  });
});

test('an event that says nothing of its object has a row', () => {
  const event = { metadata: { name: 'a', namespace: 'default' } };
  eventStrategy.default?.(event as never);
  const cells = eventColumns.map((one) => one.value(event as never, 0));
  expect(cells).toEqual(['<unknown>', '', '', '', '', '', '', '<unknown>', 1, 'a']);
});
