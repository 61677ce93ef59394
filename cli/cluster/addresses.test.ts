import { describe, expect, test } from 'vitest';
import { linkAddress, nodeAddress, nodePodCIDR, rangesOverlap, subnetPairs } from './addresses.ts';

describe('the address plan', () => {
  test('a node is the first address of its pods', () => {
    expect(nodeAddress('10.244.0.0/16', 3)).toBe('10.244.3.1');
    expect(nodePodCIDR('10.244.0.0/16', 3)).toBe('10.244.3.0/24');
    expect(linkAddress('10.245.0.0/16', 1)).toBe('10.245.0.2');
  });

  test('no two subnets that clusters may take overlap', () => {
    const all = subnetPairs.flatMap((pair) => [pair.pod, pair.service]);
    const overlapping = all.flatMap((a, index) => all.slice(index + 1).filter((b) => rangesOverlap(a, b)));
    expect(overlapping).toEqual([]);
  });

  test.each([
    ['10.244.0.0/16', '10.244.3.0/24', true],
    ['10.244.0.0/16', '10.245.0.0/16', false],
    ['10.0.0.0/8', '10.245.0.0/16', true],
    ['0.0.0.0/0', '192.168.1.0/24', true],
    ['172.17.0.0/16', '172.17.0.5', true],
  ])('%s and %s overlap: %s', (a, b, overlap) => {
    expect(rangesOverlap(a, b)).toBe(overlap);
    expect(rangesOverlap(b, a)).toBe(overlap);
  });
});
