import { describe, expect, test } from 'vitest';
import { agentPod, container } from '../../../test/support/agent-builders.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import { decideResize, inOrderOfResize } from './decide-resize.ts';

const node = { cpu: '2', memory: '1Gi', pods: 110 };
const asking = (cpu: string, memory: string, over: object = {}): Pod =>
  agentPod({ containers: [container('main', { resources: { requests: { cpu, memory } } })], ...over });

describe('whether a node gives a pod what it wants', () => {
  test.each<[string, Pod, readonly Pod[], object]>([
    ['there is room', asking('1', '512Mi'), [asking('1', '512Mi')], { kind: 'fits' }],
    ['nothing is asked for', agentPod(), [asking('2', '1Gi')], { kind: 'fits' }],
    [
      'never: more cpu than the node has',
      asking('1000', '1Mi'),
      [],
      { kind: 'Infeasible', message: "Node didn't have enough capacity: cpu, requested: 1000000, capacity: 2000" },
    ],
    [
      'never: more of both',
      asking('3', '2Gi'),
      [],
      {
        kind: 'Infeasible',
        message:
          "Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000, Node didn't have enough capacity: memory, requested: 2147483648, capacity: 1073741824",
      },
    ],
    [
      'not now: others have the cpu',
      asking('1500m', '1Mi'),
      [asking('600m', '1Mi')],
      {
        kind: 'Deferred',
        message: "Node didn't have enough resource: cpu, requested: 1500, used: 600, capacity: 2000",
      },
    ],
    [
      'not now: others have the memory',
      asking('1', '768Mi'),
      [asking('100m', '512Mi')],
      {
        kind: 'Deferred',
        message:
          "Node didn't have enough resource: memory, requested: 805306368, used: 536870912, capacity: 1073741824",
      },
    ],
    [
      'pods that have ended take nothing',
      asking('2', '1Gi'),
      [{ ...asking('2', '1Gi'), status: { phase: 'Failed' } }],
      { kind: 'fits' },
    ],
  ])('%s', (_, wanted, others, verdict) => {
    expect(decideResize(wanted, others, node)).toEqual(verdict);
  });
});

test('pods that wait are asked in order: no increase, priority, class, how long', () => {
  const since = (at: string): Pod['status'] => ({
    conditions: [{ type: 'PodResizePending', status: 'True', lastTransitionTime: at }],
  });
  const waiting = (name: string, wanted: Pod, allocated: Pod) => ({ name, wanted, allocated });
  const guaranteed = agentPod({
    containers: [
      container('main', {
        resources: { requests: { cpu: '2', memory: '1Gi' }, limits: { cpu: '2', memory: '1Gi' } },
      }),
    ],
  });
  const small = asking('1', '1Mi');
  const order = inOrderOfResize([
    waiting('new', asking('2', '1Mi'), small),
    waiting('late', { ...asking('2', '1Mi'), status: since('2026-01-01T00:00:02Z') }, small),
    waiting('early', { ...asking('2', '1Mi'), status: since('2026-01-01T00:00:01Z') }, small),
    waiting('guaranteed', guaranteed, small),
    waiting('important', asking('2', '1Mi', { priority: 7 }), small),
    waiting('less', asking('500m', '1Mi'), small),
  ]);
  expect(order.map(({ name }) => name)).toEqual(['less', 'important', 'guaranteed', 'early', 'late', 'new']);
});
