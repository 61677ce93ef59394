import { describe, expect, test } from 'vitest';
import type { PersistentVolume } from '../../../lib/kube/types.ts';
import { node } from '../../../test/support/kube-builders.ts';
import { unfencedVolume } from './fencing.ts';

const nodes = [node({ name: 'node-1' }), node({ name: 'node-2' })];
const off = { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] };

function on(...names: readonly string[]): PersistentVolume {
  const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In', values: [...names] }];
  return {
    metadata: { name: 'v' },
    spec: names.length === 0 ? {} : { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } },
  };
}

describe('a pod of a silent node', () => {
  test.each<[string, PersistentVolume[], object, string | undefined]>([
    ['without volumes may be replaced', [], {}, undefined],
    ['with a volume of that node only may be replaced: the next one waits for the node', [on('node-1')], {}, undefined],
    ['with a volume of any node may still write it', [on()], {}, 'v'],
    ['with a volume of two nodes may still write it', [on('node-1', 'node-2')], {}, 'v'],
    ['with a volume of a node that is no more may be replaced', [on('node-1', 'node-9')], {}, undefined],
    ['that somebody says is off may be replaced', [on()], { spec: off }, undefined],
  ])('%s', (_what, volumes, options, name) => {
    const silent = node({ name: 'node-1', ...options });
    expect(unfencedVolume({ node: silent, nodes, volumes })?.metadata?.name).toBe(name);
  });
});
