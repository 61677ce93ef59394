import { afterAll, beforeAll, expect, test } from 'vitest';
import { wholeValue } from '../../../lib/kube/quantity.ts';
import { nodes, pods } from '../../../lib/kube/resources.ts';
import type { Pod, Volume } from '../../../lib/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { podsOf, testOutputs, type OutputCase } from './output-case.ts';
import { PodSpace } from './pod-space.ts';
import { scriptPod } from './script-pod.ts';

/** What a pod is told of itself in files, by a volume of its own and projected. */
const space = new PodSpace('conformance-downward-volumes');

type Downward = NonNullable<Volume['downwardAPI']>;
type Item = NonNullable<Downward['items']>[number];
type AsVolume = (downward: Downward) => Omit<Volume, 'name'>;

const plain: AsVolume = (downwardAPI) => ({ downwardAPI });
const projected: AsVolume = ({ items, defaultMode }) => ({
  projected: { sources: [{ downwardAPI: { items } }], ...(defaultMode === undefined ? {} : { defaultMode }) },
});

const podname: Item = { path: 'podname', fieldRef: { fieldPath: 'metadata.name' } };

/** Amounts in the units in which the description of the API gives them: thousandths of a processor, mebibytes. */
function amount(resource: string, divisor: string): Item {
  return { path: 'amount', resourceFieldRef: { containerName: 'main', resource, divisor } };
}

const cpuLimit = amount('limits.cpu', '1m');
const cpuRequest = amount('requests.cpu', '1m');
const memoryLimit = amount('limits.memory', '1Mi');
const memoryRequest = amount('requests.memory', '1Mi');

function readingPod(name: string, volume: Omit<Volume, 'name'>, script: string, hasAmounts = true): Pod {
  return scriptPod(name, script, {
    metadata: { name, labels: { key1: 'value1', key2: 'value2' } },
    spec: { volumes: [{ name: 'told', ...volume }] },
    container: {
      volumeMounts: [{ name: 'told', mountPath: '/told' }],
      ...(hasAmounts
        ? { resources: { requests: { cpu: '25m', memory: '32Mi' }, limits: { cpu: '125m', memory: '64Mi' } } }
        : {}),
    },
  });
}

const podnameAndMode = 'stat -L -c %A /told/podname && cat /told/podname';

const cases: readonly OutputCase[] = [
  {
    name: "[sig-storage] Downward API volume should provide container's memory limit [NodeConformance]",
    pod: readingPod('plain-memory-limit', plain({ items: [memoryLimit] }), 'cat /told/amount'),
    output: '64',
  },
  {
    name: "[sig-storage] Downward API volume should provide container's memory request [NodeConformance]",
    pod: readingPod('plain-memory-request', plain({ items: [memoryRequest] }), 'cat /told/amount'),
    output: '32',
  },
  {
    name: '[sig-storage] Downward API volume should provide podname only [NodeConformance]',
    pod: readingPod('plain-podname', plain({ items: [podname] }), 'ls /told && cat /told/podname'),
    output: 'podname\nplain-podname',
  },
  {
    name: '[sig-storage] Downward API volume should set DefaultMode on files [LinuxOnly] [NodeConformance]',
    pod: readingPod('plain-mode', plain({ items: [podname], defaultMode: 0o400 }), podnameAndMode),
    output: '-r--------\nplain-mode',
  },
  {
    name: '[sig-storage] Downward API volume should set mode on item file [LinuxOnly] [NodeConformance]',
    pod: readingPod('plain-item-mode', plain({ items: [{ ...podname, mode: 0o400 }] }), podnameAndMode),
    output: '-r--------\nplain-item-mode',
  },
  {
    name: "[sig-storage] Projected downwardAPI should provide container's cpu limit [NodeConformance]",
    pod: readingPod('projected-cpu-limit', projected({ items: [cpuLimit] }), 'cat /told/amount'),
    output: '125',
  },
  {
    name: "[sig-storage] Projected downwardAPI should provide container's cpu request [NodeConformance]",
    pod: readingPod('projected-cpu-request', projected({ items: [cpuRequest] }), 'cat /told/amount'),
    output: '25',
  },
  {
    name: "[sig-storage] Projected downwardAPI should provide container's memory request [NodeConformance]",
    pod: readingPod('projected-memory-request', projected({ items: [memoryRequest] }), 'cat /told/amount'),
    output: '32',
  },
  {
    name: '[sig-storage] Projected downwardAPI should set DefaultMode on files [LinuxOnly] [NodeConformance]',
    pod: readingPod('projected-mode', projected({ items: [podname], defaultMode: 0o400 }), podnameAndMode),
    output: '-r--------\nprojected-mode',
  },
  {
    name: '[sig-storage] Projected downwardAPI should set mode on item file [LinuxOnly] [NodeConformance]',
    pod: readingPod('projected-item-mode', projected({ items: [{ ...podname, mode: 0o400 }] }), podnameAndMode),
    output: '-r--------\nprojected-item-mode',
  },
];

const defaultLimits = [
  [
    '[sig-storage] Downward API volume should provide node allocatable (memory) as default memory limit if the limit is not set [NodeConformance]',
    'plain-default-limit',
    plain,
  ],
  [
    '[sig-storage] Projected downwardAPI should provide node allocatable (memory) as default memory limit if the limit is not set [NodeConformance]',
    'projected-default-limit',
    projected,
  ],
] as const;

const labels: Item = { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } };

beforeAll(async () => {
  await space.open();
  const bytes = amount('limits.memory', '1');
  await space.createAll([
    ...podsOf(cases),
    ...defaultLimits.map(([, name, as]) => readingPod(name, as({ items: [bytes] }), 'cat /told/amount', false)),
    readingPod(
      'labels',
      projected({ items: [labels] }),
      'until grep key3 /told/labels; do cat /told/labels; usleep 200000; done',
    ),
  ]);
});
afterAll(() => space.close());

testOutputs(space, cases);

for (const [name, pod] of defaultLimits) {
  test(name, async () => {
    const { spec } = await space.ended(pod);
    const node = await space.cluster.client.get(nodes, { name: spec?.nodeName ?? '' });
    expect(await space.outputOf(pod)).toBe(String(wholeValue(node.status?.allocatable?.['memory'] ?? '')));
  });
}

test('[sig-storage] Projected downwardAPI should update labels on modification [NodeConformance]', async () => {
  await eventually('the pod has read the labels it was made with', async () =>
    (await space.logOf('labels')).includes('key1="value1"\nkey2="value2"'),
  );
  const key = { namespace: space.namespace, name: 'labels' };
  await space.cluster.client.patch(pods, key, 'merge', { metadata: { labels: { key3: 'value3' } } });
  expect(await space.outputOf('labels')).toContain('key3="value3"');
});
