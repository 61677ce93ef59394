import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ConfigMap, DaemonSet, KubeObject, PodSpec } from '../../../lib/kube/types.ts';
import { parseShipperConfig } from '../../../log-shipper/config.ts';
import { ApiUnderTest } from '../../support/api-under-test.ts';
import { mustRun, runProgram } from '../../support/run-program.ts';

/** The chart as helm renders it, judged by the API and by the shipper themselves. */

const chart = join(import.meta.dirname, '../../../charts/log-shipper');
const to = 'output.url=https://elasticsearch.logging:9200';

const argumentsOf = (settings: readonly string[]) => [
  'template',
  'logs',
  chart,
  ...settings.flatMap((one) => ['--set', one]),
];

interface Rendered {
  readonly objects: readonly KubeObject[];
  readonly config: ReturnType<typeof parseShipperConfig>;
  readonly pod: PodSpec;
}

async function render(...settings: readonly string[]): Promise<Rendered> {
  const text = await mustRun('helm', argumentsOf([to, ...settings]));
  const objects = parseAllDocuments(text).flatMap((document) => (document.toJS() as KubeObject | null) ?? []);
  const map = objects.find((one): one is ConfigMap => one.kind === 'ConfigMap');
  const set = objects.find((one): one is DaemonSet => one.kind === 'DaemonSet');
  if (!set?.spec?.template.spec) throw new Error('no pod');
  return { objects, config: parseShipperConfig(map?.data?.['config.json'] ?? ''), pod: set.spec.template.spec };
}

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

test('has nothing that helm would complain of', async () => {
  expect(await mustRun('helm', ['lint', '--strict', chart, '--set', to])).toContain('0 chart(s) failed');
});

test.each([
  ['as it is', []],
  ['with a key and an authority', ['credentials.existingSecret=shipper', 'tls.caSecret=ca', 'tls.clientSecret=own']],
  ['with a password', ['credentials.existingSecret=shipper', 'credentials.password=pw', 'credentials.username=u']],
  ['to a collector', ['output.kind=otlp', 'credentials.existingSecret=shipper', 'output.compression=gzip']],
  ['with Docker', ['logs.docker=/var/lib/docker', 'output.retention.maxAge=30d', 'holds.maxBytes=1000000000']],
])('%s is what the API and the shipper take', async (_what, settings) => {
  const { objects, pod } = await render(...settings);
  for (const object of objects) {
    const path =
      object.kind === 'DaemonSet'
        ? 'apis/apps/v1/namespaces/default/daemonsets'
        : 'api/v1/namespaces/default/configmaps';
    const answer = await api.send('POST', `/${path}?dryRun=All&fieldValidation=Strict`, { body: object });
    expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  }
  // Every file that the configuration names is below a mount.
  const mounts = pod.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath) ?? [];
  const named = JSON.stringify((await render(...settings)).config.outputs).match(/"\/[^"]+"/g) ?? [];
  for (const path of named)
    expect(
      mounts.some((mount) => path.startsWith(`"${mount}/`)),
      path,
    ).toBe(true);
});

describe('what matters on a node', () => {
  test('logs and state are in one mount, so that links can be made', async () => {
    const { config, pod } = await render();
    const mounts = pod.containers[0]?.volumeMounts ?? [];
    const mountOf = (path: string) => mounts.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
    expect(mountOf(config.stateDir)).toEqual({ name: 'logs', mountPath: '/var/log' });
    expect(config.containersDirs?.map(mountOf)).toEqual([mountOf(config.stateDir)]);
  });

  test('every node is served, nothing is asked of the API, and no more is allowed than needed', async () => {
    const { objects, pod } = await render();
    expect(new Set(objects.map(({ kind }) => kind))).toEqual(new Set(['ConfigMap', 'DaemonSet']));
    expect(pod.tolerations).toEqual([{ operator: 'Exists' }]);
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.containers[0]?.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['SYS_NICE'] },
    });
  });
});

test.each([
  [[], 'output.url'],
  [['output.url=https://me:secret@es'], 'output.url'],
  [[to, 'output.kind=loki'], 'output.kind'],
  [[to, 'credentials.existingSecret=s', 'credentials.password=pw'], 'credentials.username is required'],
  [[to, 'logs.pods=../etc'], 'logs.pods'],
] as const)('%j is refused by name', async (settings, words) => {
  const { code, stderr } = await runProgram('helm', argumentsOf(settings));
  expect(code).not.toBe(0);
  expect(stderr.replaceAll('/', '.')).toContain(words);
});
