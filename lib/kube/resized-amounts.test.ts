import { describe, expect, test } from 'vitest';
import { limitsWhileResizing, requestsWhileResizing } from './resized-amounts.ts';
import type { Container, ContainerStatus, Pod } from './types.ts';

type Has = Pick<ContainerStatus, 'resources' | 'allocatedResources'>;

function counted(requests: Record<string, string> | undefined, has: Has, reason?: string): unknown {
  const container: Container = { name: 'main', ...(requests ? { resources: { requests, limits: requests } } : {}) };
  const status = { name: 'main', image: '', imageID: '', ready: true, restartCount: 0, ...has };
  const pod: Pod = {
    spec: { containers: [container] },
    status: {
      containerStatuses: [status],
      conditions: reason ? [{ type: 'PodResizePending', status: 'True', reason }] : [],
    },
  };
  return [requestsWhileResizing(pod, container), limitsWhileResizing(pod, container)];
}

const both = (cpu: string) => ({ requests: { cpu }, limits: { cpu } });

describe('what a container counts as having asked for', () => {
  test.each<[string, unknown, unknown]>([
    ['what it wants, where no node says anything', counted({ cpu: '1' }, {}), [{ cpu: '1' }, { cpu: '1' }]],
    [
      'what it wants, when that is more',
      counted({ cpu: '2' }, { resources: both('1'), allocatedResources: { cpu: '1' } }),
      [{ cpu: '2' }, { cpu: '2' }],
    ],
    [
      'what it still has, when it wants less',
      counted({ cpu: '500m', memory: '1Gi' }, { resources: both('1'), allocatedResources: { cpu: '500m' } }),
      [
        { cpu: '1', memory: '1Gi' },
        { cpu: '1', memory: '1Gi' },
      ],
    ],
    [
      'what was allocated, before it has it',
      counted({ cpu: '1' }, { resources: both('1'), allocatedResources: { cpu: '3' } }),
      [{ cpu: '3' }, { cpu: '1' }],
    ],
    [
      'what it has, when it can never have what it wants',
      counted({ cpu: '64' }, { resources: both('1'), allocatedResources: { cpu: '1' } }, 'Infeasible'),
      [{ cpu: '1' }, { cpu: '1' }],
    ],
    [
      'what it wants, while that has to wait',
      counted({ cpu: '64' }, { resources: both('1'), allocatedResources: { cpu: '1' } }, 'Deferred'),
      [{ cpu: '64' }, { cpu: '64' }],
    ],
    ['nothing, when it says nothing', counted(undefined, { resources: {} }), [undefined, undefined]],
  ])('is %s', (_, result, expected) => {
    expect(result).toEqual(expected);
  });
});
