import { expect, test } from 'vitest';
import type { Pod, ResourceClaim } from '../../../lib/kube/types.ts';
import { node, pod, testNowMs } from '../../../test/support/kube-builders.ts';
import { ClusterState } from '../cluster-state.ts';
import { decide } from '../decide.ts';
import { noFailureMemory } from '../failure-memory.ts';
import { noStorage } from '../volumes/pod-claims.ts';

const spec = (deviceClassName = 'gpus') => ({ devices: { requests: [{ name: 'r', exactly: { deviceClassName } }] } });
const allocation = (on: string): NonNullable<ResourceClaim['status']>['allocation'] => ({
  nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [on] }] }] },
});
const claim = (over: Partial<ResourceClaim> = {}): ResourceClaim => ({
  metadata: { name: 'gpu', namespace: 'default' },
  spec: spec(),
  ...over,
});

function place(of: ResourceClaim | undefined, over: Partial<Pod> = {}): string {
  const state = new ClusterState();
  for (const name of ['node-1', 'node-2']) state.setNode(node({ name }));
  const wanting = pod({ name: 'new', spec: { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] } });
  const placement = decide(
    { ...wanting, ...over },
    {
      state,
      failures: noFailureMemory,
      namespaceLabels: () => undefined,
      storage: noStorage,
      devices: {
        claim: () => of,
        deviceClass: (name) => (name === 'gpus' ? { metadata: { name }, spec: {} } : undefined),
      },
      nowMs: testNowMs,
    },
  );
  return placement.fits ? placement.node : placement.message;
}

const nowhere = (why: string) => `0/2 nodes are available: ${why}.`;
const fromTemplate = {
  spec: { containers: [], resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'gpus' }] },
} satisfies Partial<Pod>;
const made = { status: { resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'gpu' }] } };
const ownedBy = (uid: string) => ({
  name: 'gpu',
  namespace: 'default',
  ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'new', uid, controller: true }],
});
const consumers = Array.from({ length: 256 }, (_, index) => ({ resource: 'pods', name: 'p', uid: `u${index}` }));

test.each<{ name: string; claim?: ResourceClaim; pod?: Partial<Pod>; is: string }>([
  { name: 'waits for the claim', is: nowhere('resourceclaim "gpu" not found') },
  { name: 'waits for its devices', claim: claim(), is: nowhere('2 cannot allocate all claims') },
  {
    name: 'waits for a class',
    claim: claim({ spec: spec('others') }),
    is: nowhere('request r: device class others does not exist'),
  },
  {
    name: 'does not begin with a claim that goes',
    claim: claim({ metadata: { name: 'gpu', deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    is: nowhere('resourceclaim "gpu" is being deleted'),
  },
  { name: 'goes to its devices', claim: claim({ status: { allocation: allocation('node-2') } }), is: 'node-2' },
  {
    name: 'goes nowhere else',
    claim: claim({ status: { allocation: allocation('node-3') } }),
    is: nowhere('2 resourceclaim not available on the node'),
  },
  {
    name: 'waits for a claim that others have',
    claim: claim({ status: { allocation: {}, reservedFor: consumers } }),
    is: nowhere('resourceclaim in use'),
  },
  {
    name: 'waits for a claim to be made',
    pod: fromTemplate,
    is: nowhere('pod "default/new": ResourceClaim not created yet'),
  },
  {
    name: 'has the claim that was made for it',
    claim: claim({ metadata: ownedBy('uid-new'), status: { allocation: allocation('node-1') } }),
    pod: { ...fromTemplate, ...made },
    is: 'node-1',
  },
  {
    name: "does not take another's",
    claim: claim({ metadata: ownedBy('other'), status: { allocation: allocation('node-1') } }),
    pod: { ...fromTemplate, ...made },
    is: nowhere('ResourceClaim default/gpu was not created for pod default/new (pod is not owner)'),
  },
])('a pod with devices $name', ({ claim: of, pod: over, is }) => {
  expect(place(of, over)).toBe(is);
});
