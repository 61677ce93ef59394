import { describe, expect, it } from 'vitest';
import { defaulted, problems, updateProblems } from '../../../test/support/strategy-verdicts.ts';
import type { PersistentVolume, PersistentVolumeClaim, StatefulSet } from '../../../lib/kube/types.ts';
import { controllerRevisionStrategy } from './controller-revision.ts';
import { persistentVolumeStrategy } from './persistent-volume.ts';
import { persistentVolumeClaimStrategy } from './persistent-volume-claim.ts';
import { statefulSetStrategy } from './stateful-set.ts';
import { storageClassStrategy } from './storage-class.ts';

const container = { name: 'c', image: 'busybox:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] };
const claimSpec = (over: object = {}) => ({
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  ...over,
});
const set = (over: object = {}) => ({
  metadata: { name: 'web' },
  spec: {
    serviceName: 'web',
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimSpec() }],
    ...over,
  },
});
const claim = (spec: object = {}, status?: object) => ({
  metadata: { name: 'c', namespace: 'default' },
  spec: claimSpec(spec),
  ...(status ? { status } : {}),
});
const terms = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node-1'] }] }];
const volume = (spec: object = {}) => ({
  metadata: { name: 'v' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    local: { path: '/data/v' },
    nodeAffinity: { required: { nodeSelectorTerms: terms } },
    ...spec,
  },
});

describe('a stateful set', () => {
  it('is filled in as upstream does', () => {
    const { spec, status } = defaulted<StatefulSet>(statefulSetStrategy, set());
    expect(spec).toMatchObject({
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec: { volumeMode: 'Filesystem' } }],
    });
    expect(status).toEqual({ replicas: 0, availableReplicas: 0 });
  });

  it('may mount what its claims are made for', () => {
    expect(problems(statefulSetStrategy, set())).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      'a mount of a claim that it does not make',
      set({ volumeClaimTemplates: [] }),
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"',
    ],
    [
      'negative replicas',
      set({ replicas: -1 }),
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'an unknown policy',
      set({ podManagementPolicy: 'Random' }),
      `spec.podManagementPolicy: Invalid value: "Random": must be 'OrderedReady' or 'Parallel'`,
    ],
    [
      'a partition with OnDelete',
      set({ updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } }),
      `spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy 'RollingUpdate'`,
    ],
    [
      'an update that may never begin',
      set({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } } }),
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0',
    ],
    [
      'an empty selector',
      set({ selector: {} }),
      'spec.selector: Invalid value: {}: empty selector is invalid for statefulset',
    ],
    [
      'pods that end',
      set({
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { restartPolicy: 'Never', containers: [container] },
        },
      }),
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      'a claim without a size',
      set({ volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }] }),
      'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
    ],
  ])('refuses %s', (_what, object, message) => {
    expect(problems(statefulSetStrategy, object)).toContain(message);
  });

  it('lets scale, template and strategy change, and nothing else', () => {
    const changed = set({ replicas: 5, minReadySeconds: 3, updateStrategy: { type: 'OnDelete' } });
    expect(updateProblems(statefulSetStrategy, set(), changed)).toEqual([]);
    expect(updateProblems(statefulSetStrategy, set(), set({ serviceName: 'other' }))).toEqual([
      expect.stringMatching(
        /^spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals'/,
      ),
    ]);
  });
});

it('a controller revision keeps its content for ever', () => {
  const revision = { metadata: { name: 'r' }, revision: 1, data: { a: 1 } };
  expect(problems(controllerRevisionStrategy, revision)).toEqual([]);
  expect(problems(controllerRevisionStrategy, { metadata: { name: 'r' }, revision: 1 })).toEqual([
    'data: Required value: data is mandatory',
  ]);
  expect(updateProblems(controllerRevisionStrategy, revision, { ...revision, revision: 2 })).toEqual([]);
  expect(updateProblems(controllerRevisionStrategy, revision, { ...revision, data: { a: 2 } })).toEqual([
    'data: Invalid value: {"a":2}: field is immutable',
  ]);
});

describe('a claim', () => {
  it('begins pending, as a file system', () => {
    expect(
      defaulted<PersistentVolumeClaim>(persistentVolumeClaimStrategy, claim({}, { phase: 'Bound' })),
    ).toMatchObject({ spec: { volumeMode: 'Filesystem' }, status: { phase: 'Pending' } });
  });

  it.each<[string, object, string]>([
    [
      'no access mode',
      claim({ accessModes: [] }),
      'spec.accessModes: Required value: at least 1 access mode is required',
    ],
    [
      'an unknown access mode',
      claim({ accessModes: ['Often'] }),
      'spec.accessModes: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
    [
      'one pod and many',
      claim({ accessModes: ['ReadWriteOncePod', 'ReadWriteMany'] }),
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
    ],
    [
      'nothing',
      claim({ resources: { requests: { storage: '0' } } }),
      'spec.resources[storage]: Invalid value: "0": must be greater than zero',
    ],
  ])('refuses %s', (_what, object, message) => {
    expect(problems(persistentVolumeClaimStrategy, object)).toEqual([message]);
  });

  it('is bound once and may grow, and does not change otherwise', () => {
    const update = (old: object, spec: object) => updateProblems(persistentVolumeClaimStrategy, old, claim(spec));
    expect(update(claim(), { volumeName: 'v', storageClassName: 'fast' })).toEqual([]);
    const bound = claim({ volumeName: 'v', storageClassName: 'fast' });
    const same = { volumeName: 'v', storageClassName: 'fast' };
    expect(update(bound, { ...same, resources: { requests: { storage: '2Gi' } } })).toEqual([]);
    expect(update(bound, { ...same, resources: { requests: { storage: '1Mi' } } })).toEqual([
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ]);
    for (const spec of [
      { ...same, volumeName: 'w' },
      { ...same, accessModes: ['ReadWriteMany'] },
    ]) {
      expect(update(bound, spec)).toEqual([
        expect.stringMatching(/^spec: Forbidden: spec is immutable after creation/),
      ]);
    }
  });
});

describe('a volume', () => {
  it('is kept unless it says otherwise', () => {
    expect(defaulted<PersistentVolume>(persistentVolumeStrategy, volume())).toMatchObject({
      spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    });
  });

  it.each<[string, object, string]>([
    [
      'a capacity that is none of storage',
      volume({ capacity: { cpu: '1' } }),
      'spec.capacity: Unsupported value: {"cpu":"1"}: supported values: "storage"',
    ],
    [
      'a local folder on any node',
      volume({ nodeAffinity: undefined }),
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
    ],
    ['nowhere', volume({ local: undefined }), 'spec: Required value: must specify a volume type'],
    [
      'two places',
      volume({ hostPath: { path: '/x' } }),
      'spec.local: Forbidden: may not specify more than 1 volume type',
    ],
    [
      'a path that climbs',
      volume({ local: { path: '/data/../etc' } }),
      `spec.local.path: Invalid value: "/data/../etc": must not contain '..'`,
    ],
  ])('refuses %s', (_what, object, message) => {
    expect(problems(persistentVolumeStrategy, object)).toEqual([message]);
  });

  it('has a capacity', () => {
    expect(problems(persistentVolumeStrategy, volume({ capacity: undefined }))).toEqual([
      'spec.capacity: Required value',
      'spec.capacity: Unsupported value: null: supported values: "storage"',
    ]);
  });

  it('stays where it is', () => {
    const [moved, ...others] = updateProblems(
      persistentVolumeStrategy,
      volume(),
      volume({ local: { path: '/other' } }),
    );
    expect(others).toEqual([]);
    expect(moved).toMatch(/^spec\.persistentvolumesource: Forbidden: .* is immutable after creation\n@@ /);
    expect(moved).toContain('\n-  "Path": "/data/v"\n+  "Path": "/other"\n');
    const claimRef = { namespace: 'default', name: 'c' };
    expect(updateProblems(persistentVolumeStrategy, volume(), volume({ claimRef }))).toEqual([]);
  });
});

describe('a storage class', () => {
  const local = { metadata: { name: 'a' }, provisioner: 'vigil.dev/local-path' };

  it('is of one provisioner for ever', () => {
    expect(problems(storageClassStrategy, local)).toEqual([]);
    expect(problems(storageClassStrategy, { metadata: {} })).toEqual(['provisioner: Required value']);
    expect(updateProblems(storageClassStrategy, local, { ...local, provisioner: 'other' })).toEqual([
      'provisioner: Invalid value: "other": field is immutable',
    ]);
    expect(
      updateProblems(storageClassStrategy, local, { ...local, volumeBindingMode: 'WaitForFirstConsumer' }),
    ).toEqual(['volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable']);
  });
});
