import { expect, test } from 'vitest';
import type { Pod, ResourceClaim } from '../../../lib/kube/types.ts';
import { pod } from '../../../test/support/kube-builders.ts';
import { claimFor, isMadeFor, planClaim, type ClaimPlan } from './plan.ts';

const running = pod({ name: 'a', node: 'node-1' });
const ended = pod({ name: 'a', node: 'node-1', phase: 'Succeeded' });
const entry = { name: 'gpu', resourceClaimTemplateName: 'gpus' };
const consumer = { resource: 'pods', name: 'a', uid: 'uid-a' };
const other = { apiGroup: 'example.com', resource: 'jobs', name: 'j', uid: 'uid-j' };
const owned = { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'uid-a', controller: true }] };
const going = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['resource.kubernetes.io/delete-protection'] };
const had = { allocation: {}, reservedFor: [consumer] };

test('a claim is made as its template says, and goes with its pod', () => {
  const spec = { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'gpus' } }] } };
  const claim = claimFor(running, entry, { spec: { metadata: { labels: { a: 'b' } }, spec } });
  expect(claim).toMatchObject({
    metadata: {
      generateName: 'a-gpu-',
      namespace: 'default',
      labels: { a: 'b' },
      annotations: { 'resource.kubernetes.io/pod-claim-name': 'gpu' },
      ownerReferences: [{ kind: 'Pod', name: 'a', uid: 'uid-a', controller: true }],
    },
    spec,
  });
  expect(isMadeFor(claim, running, entry)).toBe(true);
  expect(isMadeFor(claim, running, { ...entry, name: 'other' })).toBe(false);
  expect(isMadeFor(claim, pod({ name: 'b' }), entry)).toBe(false);
});

test.each<{ name: string; claim: Partial<ResourceClaim>; pod?: Pod; plan: ClaimPlan }>([
  { name: 'of nobody stays', claim: {}, plan: {} },
  { name: 'that is allocated to nobody yet stays', claim: { status: { allocation: {} } }, plan: {} },
  { name: 'of a pod that runs stays', claim: { metadata: owned, status: had }, pod: running, plan: {} },
  { name: 'of a pod that has ended is freed', claim: { status: had }, pod: ended, plan: { status: {} } },
  { name: 'of a pod that is gone is freed', claim: { status: had }, plan: { status: {} } },
  {
    name: 'of another pod of the same name is freed',
    claim: { status: had },
    pod: pod({ name: 'a', meta: { uid: 'another' } }),
    plan: { status: {} },
  },
  {
    name: 'that something else has stays allocated',
    claim: { status: { allocation: {}, reservedFor: [consumer, other] } },
    plan: { status: { allocation: {}, reservedFor: [other] } },
  },
  { name: 'made for a pod that has ended goes', claim: { metadata: owned }, pod: ended, plan: { deletes: true } },
  {
    name: 'that is deleted and that a pod has stays',
    claim: { metadata: going, status: had },
    pod: running,
    plan: {},
  },
  {
    name: 'that is deleted and that nobody has is let go',
    claim: { metadata: going, status: { allocation: {} } },
    plan: { status: {}, releases: true },
  },
])('a claim $name', ({ claim, pod: of, plan }) => {
  expect(planClaim({ metadata: {}, spec: {}, ...claim }, () => of)).toEqual(plan);
});
