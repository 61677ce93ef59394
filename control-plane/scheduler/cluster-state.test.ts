import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { node, pod } from '../../test/support/kube-builders.ts';
import type { Pod } from '../../lib/kube/types.ts';
import { ClusterState } from './cluster-state.ts';

describe('the state of the cluster', () => {
  test('sums stay right whatever comes and goes', () => {
    const change = fc.record({
      pod: fc.nat(5),
      node: fc.constantFrom('node-1', 'node-2'),
      cpu: fc.constantFrom('100m', '1', '250m'),
      action: fc.constantFrom('set', 'remove', 'finish'),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const state = new ClusterState();
        state.setNode(node({ name: 'node-1' }));
        state.setNode(node({ name: 'node-2' }));
        const model = new Map<string, { node: string; milli: number }>();
        for (const { pod: index, node: on, cpu, action } of changes) {
          const name = `pod-${index}`;
          const phase = action === 'finish' ? 'Succeeded' : 'Running';
          if (action === 'remove') state.removePod(`uid-${name}`);
          else state.setPod(pod({ name, node: on, phase, requests: { cpu } }), on);
          if (action === 'set') model.set(name, { node: on, milli: cpu === '1' ? 1000 : Number.parseInt(cpu, 10) });
          else model.delete(name);
        }
        for (const name of ['node-1', 'node-2']) {
          const expected = [...model.values()].filter((one) => one.node === name);
          expect(state.node(name)?.pods.size).toBe(expected.length);
          expect(state.node(name)?.requested['cpu'] ?? 0).toBe(expected.reduce((sum, { milli }) => sum + milli, 0));
        }
      }),
    );
  });

  test('pods known before their node are there when it comes', () => {
    const state = new ClusterState();
    state.setPod(pod({ name: 'a', node: 'late' }), 'late');
    expect(state.nodes()).toEqual([]);
    state.setNode(node({ name: 'late' }));
    expect(state.node('late')?.pods.size).toBe(1);
  });

  test('a pod that is being made smaller takes what it has until its node has taken it back', () => {
    const state = new ClusterState();
    state.setNode(node());
    const sized = (wants: string, has: string): Pod => {
      const made = pod({ name: 'a', node: 'node-1', requests: { cpu: wants } });
      const [container] = made.spec?.containers ?? [];
      const known = { name: container?.name ?? '', image: '', imageID: '', ready: true, restartCount: 0 };
      const containerStatuses = [{ ...known, resources: { requests: { cpu: has } } }];
      return { ...made, status: { ...made.status, containerStatuses } };
    };
    const taken = () => state.node('node-1')?.requested['cpu'];
    expect([state.setPod(sized('2', '2'), 'node-1'), taken()]).toEqual([false, 2000]);
    expect([state.setPod(sized('1', '2'), 'node-1'), taken()]).toEqual([false, 2000]);
    expect([state.setPod(sized('1', '1'), 'node-1'), taken()]).toEqual([true, 1000]);
    expect([state.setPod(sized('3', '1'), 'node-1'), taken()]).toEqual([false, 3000]);
  });

  test('forgets a node that is gone together with its last pod', () => {
    const state = new ClusterState();
    state.setNode(node());
    state.setPod(pod({ name: 'a', node: 'node-1' }), 'node-1');
    state.removeNode('node-1');
    expect(state.node('node-1')).toBeUndefined();
    state.removePod('uid-a');
    expect([...state.pods()]).toEqual([]);
  });
});
