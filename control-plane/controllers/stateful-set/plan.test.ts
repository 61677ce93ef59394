import { describe, expect, test } from 'vitest';
import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../../lib/kube/types.ts';
import { pod, testNowMs, type PodOptions } from '../../../test/support/kube-builders.ts';
import { claimOwners, isStaleClaim } from './claims.ts';
import { missingLabels, ordinalOf, podOf } from './identity.ts';
import { planStatefulSet } from './plan.ts';
import { statusOf } from './status.ts';
import type { StatefulSetAction } from './step.ts';

type Spec = NonNullable<StatefulSet['spec']>;

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'web:1' }] } };
const revisions = { current: 'web-1', update: 'web-2' };

function set(spec: Partial<Spec> = {}, metadata: StatefulSet['metadata'] = {}): StatefulSet {
  return {
    metadata: { name: 'web', namespace: 'default', uid: 'uid-web', generation: 3, ...metadata },
    spec: {
      serviceName: 'web',
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...spec,
    },
  };
}

function mine(ordinal: number, options: PodOptions & { readonly revision?: string; readonly waiting?: string } = {}) {
  const { revision = 'web-2', waiting, ...rest } = options;
  const name = `web-${ordinal}`;
  const made = pod({
    name,
    node: 'node-1',
    readySinceMs: testNowMs - 60_000,
    labels: {
      app: 'web',
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
      'controller-revision-hash': revision,
    },
    owner: { kind: 'StatefulSet', name: 'web', uid: 'uid-web' },
    ...rest,
  });
  if (waiting === undefined) return made;
  const status = { name: 'main', image: 'i', imageID: '', ready: false, restartCount: 3 };
  return {
    ...made,
    status: { ...made.status, containerStatuses: [{ ...status, state: { waiting: { reason: waiting } } }] },
  };
}

/** The options of a pod that is running and not ready. */
const unready = (ordinal: number, options: Parameters<typeof mine>[1] = {}): Pod => {
  const { status, ...rest } = mine(ordinal, options);
  return { ...rest, status: { ...status, conditions: [{ type: 'Ready', status: 'False' }] } };
};

function text(action: StatefulSetAction): string {
  if (action.kind === 'create') return `create ${action.ordinal} of ${action.revision}`;
  const name = action.pod.metadata?.name ?? '';
  return action.kind === 'delete' ? `delete ${name}: ${action.why}` : `relabel ${name}`;
}

const parallel = { podManagementPolicy: 'Parallel' };
const old = { revision: 'web-1' };
const rolling = (rollingUpdate: object) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } });

describe('a stateful set', () => {
  test.each<{ name: string; spec?: Partial<Spec>; pods: Pod[]; does: string[]; waits?: string }>([
    { name: 'makes the first pod first', pods: [], does: ['create 0 of web-2'], waits: 'pod 0 to be made' },
    {
      name: 'makes the next when that is ready',
      pods: [mine(0)],
      does: ['create 1 of web-2'],
      waits: 'pod 1 to be made',
    },
    {
      name: 'waits for a pod that is not ready',
      pods: [mine(0), unready(1)],
      does: [],
      waits: 'pod web-1 to be running and ready',
    },
    {
      name: 'waits for a pod that has not been ready for long enough',
      spec: { minReadySeconds: 120 },
      pods: [mine(0)],
      does: [],
      waits: 'pod web-0 to be available',
    },
    {
      name: 'fills a gap before it goes on',
      pods: [mine(0), mine(2)],
      does: ['create 1 of web-2'],
      waits: 'pod 1 to be made',
    },
    { name: 'does nothing when all is as wanted', pods: [mine(0), mine(1), mine(2)], does: [] },
    {
      name: 'makes all at once when order does not matter',
      spec: parallel,
      pods: [unready(1)],
      does: ['create 0 of web-2', 'create 2 of web-2'],
      waits: 'pods to be made',
    },
    {
      name: 'begins where it is told to',
      spec: { ordinals: { start: 5 }, replicas: 1 },
      pods: [],
      does: ['create 5 of web-2'],
      waits: 'pod 5 to be made',
    },
    {
      name: 'makes pods below the partition as they were',
      spec: rolling({ partition: 1 }),
      pods: [],
      does: ['create 0 of web-1'],
      waits: 'pod 0 to be made',
    },
    {
      name: 'removes the highest first',
      spec: { replicas: 1 },
      pods: [mine(0), mine(1), mine(2)],
      does: ['delete web-2: scaled away'],
      waits: 'pod web-2 to end',
    },
    {
      name: 'removes one at a time',
      spec: { replicas: 1 },
      pods: [mine(0), mine(1), mine(2, { deleting: true })],
      does: [],
      waits: 'pod web-2 to end',
    },
    {
      name: 'does not grow smaller while another pod is unwell',
      spec: { replicas: 1 },
      pods: [unready(0), mine(1)],
      does: [],
      waits: 'pod web-0 to be running and ready',
    },
    {
      name: 'removes a pod that is unwell itself',
      spec: { replicas: 1 },
      pods: [mine(0), unready(1)],
      does: ['delete web-1: scaled away'],
      waits: 'pod web-1 to end',
    },
    {
      name: 'waits when several that should go are unwell',
      spec: { replicas: 1 },
      pods: [mine(0), unready(1), unready(2)],
      does: [],
      waits: 'pod web-1 to be running and ready',
    },
    {
      name: 'removes all at once when order does not matter',
      spec: { ...parallel, replicas: 1 },
      pods: [mine(0), unready(1), mine(2)],
      does: ['delete web-2: scaled away', 'delete web-1: scaled away'],
      waits: 'pods to be removed',
    },
    {
      name: 'replaces a pod that has failed',
      pods: [mine(0, { phase: 'Failed' }), mine(1), mine(2)],
      does: ['delete web-0: ended'],
      waits: 'pod 0 to be made',
    },
    {
      name: 'makes no second pod while the first still ends, wherever that is',
      pods: [mine(0, { deleting: true }), mine(1), mine(2)],
      does: [],
      waits: 'pod web-0 to end',
    },
    {
      name: 'updates the highest first',
      pods: [mine(0, old), mine(1, old), mine(2, old)],
      does: ['delete web-2: outdated'],
      waits: 'updated pods to be available',
    },
    {
      name: 'updates the next when that is ready',
      pods: [mine(0, old), mine(1, old), mine(2)],
      does: ['delete web-1: outdated'],
      waits: 'updated pods to be available',
    },
    {
      name: 'updates down to the partition',
      spec: rolling({ partition: 2 }),
      pods: [mine(0, old), mine(1, old), mine(2)],
      does: [],
    },
    {
      name: 'updates as many at a time as may be away',
      spec: rolling({ maxUnavailable: 2 }),
      pods: [mine(0, old), mine(1, old), mine(2, old)],
      does: ['delete web-2: outdated', 'delete web-1: outdated'],
      waits: 'updated pods to be available',
    },
    {
      name: 'counts a percentage of what is wanted, rounded down, one at least',
      spec: { ...rolling({ maxUnavailable: '40%' }) },
      pods: [mine(0, old), mine(1, old), mine(2, old)],
      does: ['delete web-2: outdated'],
      waits: 'updated pods to be available',
    },
    {
      name: 'updates nothing while as many as may be are away',
      spec: parallel,
      pods: [unready(0), mine(1, old), mine(2)],
      does: [],
      waits: 'pod web-0 to be available',
    },
    {
      name: 'leaves updates to whoever deletes the pods',
      spec: { updateStrategy: { type: 'OnDelete' } },
      pods: [mine(0, old), mine(1, old), mine(2, old)],
      does: [],
    },
    {
      name: 'gives a deleted pod the newest template with OnDelete',
      spec: { updateStrategy: { type: 'OnDelete' } },
      pods: [mine(0, old), mine(2, old)],
      does: ['create 1 of web-2'],
      waits: 'pod 1 to be made',
    },
    {
      name: 'replaces a pod that cannot run when its template has been corrected',
      pods: [mine(0, old), { ...unready(1, { ...old, waiting: 'ImagePullBackOff' }) }],
      does: ['delete web-1: outdated'],
      waits: 'pod 1 to be made',
    },
    {
      name: 'waits for an outdated pod that runs and is not ready at the moment',
      pods: [mine(0, old), unready(1, old), mine(2)],
      does: [],
      waits: 'pod web-1 to be running and ready',
    },
    {
      name: 'gives a pod its labels back',
      pods: [mine(0, { labels: { app: 'web', 'controller-revision-hash': 'web-2' } }), mine(1), mine(2)],
      does: ['relabel web-0'],
    },
    { name: 'leaves pods of other names alone', spec: { replicas: 0 }, pods: [mine(0, { name: 'web-x' })], does: [] },
  ])('$name', ({ spec, pods, does, waits }) => {
    const plan = planStatefulSet(set(spec), { pods, revisions }, testNowMs);
    expect(plan.actions.map(text)).toEqual(does);
    expect(plan.waitsFor).toBe(waits);
  });

  test('does nothing while it is being deleted', () => {
    const ending = set({}, { deletionTimestamp: '2023-01-01T00:00:00Z' });
    expect(planStatefulSet(ending, { pods: [], revisions }, testNowMs).actions).toEqual([]);
  });

  test('looks again when the next pod has been ready for long enough', () => {
    const plan = planStatefulSet(set({ minReadySeconds: 90 }), { pods: [mine(0)], revisions }, testNowMs);
    expect(plan.lookAgainAfterMs).toBe(30_000);
  });
});

describe('the status of a stateful set', () => {
  test('counts pods by what they are', () => {
    const pods = [mine(0, old), mine(1), unready(2), mine(3, { deleting: true })];
    expect(statusOf(set({ minReadySeconds: 10 }), pods, revisions, 1, testNowMs)).toEqual({
      observedGeneration: 3,
      replicas: 4,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 1,
      updatedReplicas: 2,
      currentRevision: 'web-1',
      updateRevision: 'web-2',
      collisionCount: 1,
    });
  });

  test('makes the new revision the current one when all pods are of it and ready, and not before', () => {
    const all = [mine(0), mine(1), mine(2)];
    expect(statusOf(set(), all, revisions, 0, testNowMs)).toMatchObject({
      currentRevision: 'web-2',
      currentReplicas: 3,
    });
    expect(statusOf(set(), all.slice(0, 2), revisions, 0, testNowMs).currentRevision).toBe('web-1');
    expect(statusOf(set(), [mine(0), mine(1), unready(2)], revisions, 0, testNowMs).currentRevision).toBe('web-1');
  });
});

describe('the pod of an ordinal', () => {
  const claims = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }];

  test('has its name, number, revision, host name and claims', () => {
    const withVolumes = {
      ...template,
      spec: {
        ...template.spec,
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'tmp', emptyDir: {} },
        ],
      },
    };
    const made = podOf(set({ volumeClaimTemplates: claims }), 2, withVolumes, 'web-1');
    expect(made.metadata).toMatchObject({
      name: 'web-2',
      labels: {
        app: 'web',
        'statefulset.kubernetes.io/pod-name': 'web-2',
        'apps.kubernetes.io/pod-index': '2',
        'controller-revision-hash': 'web-1',
      },
    });
    expect(made.spec).toMatchObject({
      hostname: 'web-2',
      subdomain: 'web',
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'data-web-2' } },
        { name: 'tmp', emptyDir: {} },
      ],
    });
    expect(missingLabels(set(), made)).toBeUndefined();
  });

  test.each([
    ['web-0', 0],
    ['web-12', 12],
    ['web-01', undefined],
    ['web-', undefined],
    ['other-1', undefined],
    ['web-1-2', undefined],
  ])('%s is number %s', (name, ordinal) => {
    expect(ordinalOf(set(), { metadata: { name } })).toBe(ordinal);
  });
});

describe('the owners of a claim', () => {
  const claim = (owners: readonly string[] = []): PersistentVolumeClaim => ({
    metadata: {
      name: 'data-web-0',
      ownerReferences: owners.map((uid) => ({
        apiVersion: 'v1',
        kind: uid === 'uid-web' ? 'StatefulSet' : 'Pod',
        name: uid,
        uid,
      })),
    },
  });
  const policy = (whenDeleted: string, whenScaled: string) =>
    set({ persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } });

  test.each<[string, string, boolean, string[], string[] | undefined]>([
    ['Retain', 'Retain', false, [], undefined],
    ['Retain', 'Retain', true, ['uid-web', 'uid-web-0', 'other'], ['other']],
    ['Delete', 'Retain', false, [], ['uid-web']],
    ['Delete', 'Retain', true, ['uid-web'], undefined],
    ['Retain', 'Delete', false, ['uid-web-0'], []],
    ['Retain', 'Delete', true, [], ['uid-web-0']],
    ['Delete', 'Delete', false, ['other'], ['other', 'uid-web']],
    ['Delete', 'Delete', true, ['uid-web'], ['uid-web-0']],
  ])(
    'with %s when deleted and %s when scaled, scaled away %s: %j become %j',
    (deleted, scaled, away, before, after) => {
      expect(claimOwners(policy(deleted, scaled), claim(before), mine(0), away)?.map(({ uid }) => uid)).toEqual(after);
    },
  );

  test('a claim of a pod that is gone is not used again', () => {
    expect(isStaleClaim(claim(['uid-web-0']), undefined)).toBe(true);
    expect(isStaleClaim(claim(['uid-web-0']), 'uid-web-0')).toBe(false);
    expect(isStaleClaim(claim(['uid-web']), undefined)).toBe(false);
  });
});
