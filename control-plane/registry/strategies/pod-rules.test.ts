import { expect, it } from 'vitest';
import { pod, problems } from '../../../test/support/strategy-verdicts.ts';
import { podStrategy } from './pod.ts';

/* What kube-apiserver 1.36.1 says to pods that differ from a good one in more than a recorded verdict shows. */

const readable =
  '"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"';
const asVolume = (source: object) => pod({ volumes: [{ name: 'v', ...source }] });
const asVariable = (fieldPath: string, apiVersion?: string) =>
  pod({}, { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath, apiVersion } } }] });
const withAmounts = (limits: object) => pod({}, { resources: { limits } });
const withDevices = (volumeDevices: object[], volumeMounts: object[] = []) =>
  pod(
    {
      volumes: [
        { name: 'v', persistentVolumeClaim: { claimName: 'c' } },
        { name: 'e', emptyDir: {} },
      ],
    },
    { volumeDevices, volumeMounts },
  );
const sources = (...list: object[]) => asVolume({ projected: { sources: list } });
const field = 'spec.containers[0].env[0].valueFrom.fieldRef';
const resources = 'spec.containers[0].resources';
const device = 'spec.containers[0].volumeDevices';

it.each<[string, unknown, readonly string[]]>([
  ['a label as a variable', asVariable("metadata.labels['a/b']"), []],
  ['an annotation of capitals', asVariable("metadata.annotations['A/b']"), []],
  [
    'all labels as a variable',
    asVariable('metadata.labels'),
    [`${field}.fieldPath: Unsupported value: "metadata.labels": supported values: ${readable}`],
  ],
  [
    'a part of what has none',
    asVariable("status.podIP['x']"),
    [
      `${field}.fieldPath: Invalid value: "status.podIP['x']": error converting fieldPath: field label does not support subscript: status.podIP['x']`,
    ],
  ],
  [
    'a field of another version',
    asVariable('metadata.name', 'v2'),
    [`${field}.fieldPath: Invalid value: "metadata.name": error converting fieldPath: unsupported pod version: v2`],
  ],
  [
    'thirds of a processor',
    pod({}, { env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '3' } } }] }),
    [
      `spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
    ],
  ],
  [
    'an amount of no container as a file',
    asVolume({ downwardAPI: { items: [{ path: 'p', resourceFieldRef: { resource: 'limits.cpu' } }] } }),
    ['spec.volumes[0].downwardAPI.resourceFieldRef.containerName: Required value'],
  ],
  [
    'a file of two fields',
    sources({
      downwardAPI: {
        items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name' }, resourceFieldRef: { resource: 'limits.cpu' } }],
      },
    }),
    [
      'spec.volumes[0].projected.sources[0].downwardAPI: Invalid value: "resource": fieldRef and resourceFieldRef can not be specified simultaneously',
    ],
  ],
  [
    'a file of two sources',
    sources(
      { secret: { name: 's', items: [{ key: 'k', path: 'p' }] } },
      { configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } },
    ),
    ['spec.volumes[0].projected: Invalid value: "c": conflicting duplicate paths'],
  ],
  [
    'pages that are no wholes',
    withAmounts({ cpu: '1', 'hugepages-2Mi': '3Mi' }),
    ['limits', 'requests'].map(
      (kind) =>
        `${resources}.${kind}[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
    ),
  ],
  [
    'pages alone',
    withAmounts({ 'hugepages-2Mi': '4Mi' }),
    [`${resources}: Forbidden: HugePages require cpu or memory`],
  ],
  [
    'half a device',
    withAmounts({ 'example.com/gpu': '500m' }),
    ['limits', 'requests'].map(
      (kind) => `${resources}.${kind}[example.com/gpu]: Invalid value: "500m": must be an integer`,
    ),
  ],
  ['a claim as a device', withDevices([{ name: 'v', devicePath: '/dev/x' }]), []],
  [
    'a folder as a device',
    withDevices([{ name: 'e', devicePath: '/dev/x' }]),
    [
      `${device}[0].name: Invalid value: "e": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode`,
    ],
  ],
  [
    'a device twice',
    withDevices([
      { name: 'v', devicePath: '/dev/x' },
      { name: 'v', devicePath: '/dev/x' },
    ]),
    [
      `${device}[1].name: Invalid value: "v": must be unique`,
      `${device}[1].devicePath: Invalid value: "/dev/x": must be unique`,
    ],
  ],
  [
    'a device where something is mounted',
    withDevices([{ name: 'v', devicePath: '/dev/x' }], [{ name: 'e', mountPath: '/dev/x' }]),
    [
      `${device}[0].devicePath: Invalid value: "/dev/x": must not already exist as a path in volumeMounts`,
      'spec.containers[0].volumeMounts[0].mountPath: Invalid value: "/dev/x": must not already exist as a path in volumeDevices',
    ],
  ],
  ['a disk of no name', asVolume({ gcePersistentDisk: {} }), ['spec.volumes[0].persistentDisk.pdName: Required value']],
  [
    'an export below nothing',
    asVolume({ nfs: { server: 's', path: 'p' } }),
    ['spec.volumes[0].nfs.path: Invalid value: "p": must be an absolute path'],
  ],
  [
    'a second source, which is not looked at',
    asVolume({ configMap: {}, emptyDir: {} }),
    ['spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'a profile of the host without its name',
    pod({ securityContext: { seccompProfile: { type: 'Localhost' } } }),
    [
      'spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
    ],
  ],
  [
    'more servers than a resolver asks',
    pod({ dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'], searches: ['.', '_a.b.'] } }),
    [
      'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
    ],
  ],
  [
    'a hook that outlasts its pod',
    pod({ terminationGracePeriodSeconds: 30 }, { lifecycle: { preStop: { sleep: { seconds: 31 } } } }),
    [
      'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
    ],
  ],
  [
    "users of its own in the host's processes",
    pod({ hostUsers: false, hostPID: true }),
    ['spec.HostPID: Forbidden: when `hostUsers` is false'],
  ],
  [
    'keys that narrow no selector',
    pod({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule', matchLabelKeys: ['a'] },
      ],
    }),
    [
      'spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
    ],
  ],
])('judges %s', (_name, object, expected) => {
  expect(problems(podStrategy, object)).toEqual(expected);
});
