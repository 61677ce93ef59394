import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Container, Pod } from '../../../lib/kube/types.ts';
import { podsOf, testOutputs, type OutputCase } from './output-case.ts';
import { PodSpace } from './pod-space.ts';
import { scriptPod } from './script-pod.ts';

/** What a container is started with: variables, arguments, what the node is. */
const space = new PodSpace('conformance-container-environment');

/** One of each kind that a name of a variable may begin with: digits, letters, everything else that is printable but `=`. */
const prefixes = ['1-', '$_-', 'p-', '.', '!"#%&\'()*+,-./:;<>?@[]^_`{|}~'];

const isOfPrefix = (line: string) => line.includes('data_');

type EnvFrom = NonNullable<Container['envFrom']>;

/** `env` is the container's own process: a shell would drop the names that it cannot have for variables. */
function prefixedPod(name: string, sourceOf: (prefix?: string) => EnvFrom[number]): Pod {
  return scriptPod(name, '', {
    container: { command: ['env'], envFrom: [sourceOf(), ...prefixes.map((prefix) => sourceOf(prefix))] },
  });
}

const prefixed = [
  {
    name: '[sig-node] ConfigMap should be consumable as environment variable names with various prefixes',
    pod: prefixedPod('config-prefixes', (prefix) => ({ prefix, configMapRef: { name: 'config' } })),
  },
  {
    name: '[sig-node] Secrets should be consumable as environment variable names variable names with various prefixes',
    pod: prefixedPod('secret-prefixes', (prefix) => ({ prefix, secretRef: { name: 'secret' } })),
  },
];

const cases: readonly OutputCase[] = [
  {
    name: '[sig-node] Variable Expansion should allow composing env vars into new env vars [NodeConformance]',
    pod: scriptPod('composed', 'echo "$FOOBAR"', {
      container: {
        env: [
          { name: 'FOO', value: 'foo-value' },
          { name: 'BAR', value: 'bar-value' },
          { name: 'FOOBAR', value: '$(FOO);;$(BAR)' },
        ],
      },
    }),
    output: 'foo-value;;bar-value\n',
  },
  {
    name: "[sig-node] Variable Expansion should allow substituting values in a container's command [NodeConformance]",
    pod: scriptPod('substituted', '', {
      container: {
        command: ['sh', '-c', 'TEST_VAR=wrong echo "$(TEST_VAR)"'],
        env: [{ name: 'TEST_VAR', value: 'test-value' }],
      },
    }),
    output: 'test-value\n',
  },
];

const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

const addressed = [
  {
    name: '[sig-node] Downward API should provide host IP as an env var [NodeConformance]',
    pod: scriptPod('host-ip', 'echo "$TOLD"', { container: { env: [fromField('TOLD', 'status.hostIP')] } }),
    of: ({ status }: Pod) => status?.hostIP,
  },
  {
    name: '[sig-node] Downward API should provide hostIPs as an env var [NodeConformance]',
    pod: scriptPod('host-ips', 'echo "$TOLD"', { container: { env: [fromField('TOLD', 'status.hostIPs')] } }),
    of: ({ status }: Pod) => status?.hostIPs?.map(({ ip }) => ip).join(','),
  },
];

beforeAll(async () => {
  await space.open();
  const data = { data_1: 'value-1', data_2: 'value-2' };
  await Promise.all([space.configMap('config', data), space.secret('secret', data)]);
  await space.createAll([...podsOf(cases), ...prefixed.map(({ pod }) => pod), ...addressed.map(({ pod }) => pod)]);
});
afterAll(() => space.close());

testOutputs(space, cases);

for (const { name, pod } of prefixed) {
  test(name, async () => {
    const lines = (await space.outputOf(pod.metadata?.name ?? '')).split('\n').filter(isOfPrefix);
    const expected = ['', ...prefixes].flatMap((prefix) => [`${prefix}data_1=value-1`, `${prefix}data_2=value-2`]);
    expect(lines.toSorted()).toEqual(expected.toSorted());
  });
}

for (const { name, pod, of } of addressed) {
  test(name, async () => {
    const seen = await space.ended(pod.metadata?.name ?? '');
    expect(of(seen)).toMatch(/^\d+(\.\d+){3}$/);
    expect(await space.outputOf(pod.metadata?.name ?? '')).toBe(`${of(seen)}\n`);
  });
}

test('[sig-node] Pods should get a host IP [NodeConformance]', async () => {
  const { status } = await space.until('host-ip', 'has the address of its node', (pod) => Boolean(pod.status?.hostIP));
  const nodes = await space.cluster.kubectl(
    'get',
    'nodes',
    '-o',
    'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}',
  );
  expect(nodes.split(' ')).toContain(status?.hostIP);
});
