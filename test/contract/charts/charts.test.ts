import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ConfigMap, Container, KubeObject, Secret, Service, StatefulSet } from '../../../lib/kube/types.ts';
import { ApiUnderTest } from '../../support/api-under-test.ts';
import { mustRun, runProgram } from '../../support/run-program.ts';

/** Charts as helm renders them, judged by the API itself. */

const chartsDir = join(import.meta.dirname, '../../../charts');
const charts = ['elasticsearch', 'opensearch'] as const;

async function render(chart: string, ...settings: readonly string[]): Promise<KubeObject[]> {
  const args = ['template', 'logs', join(chartsDir, chart), '--namespace', 'default'];
  const text = await mustRun('helm', [...args, ...settings.flatMap((one) => ['--set', one])]);
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as KubeObject | null) ?? []);
}

function ofKind<T extends KubeObject>(objects: readonly KubeObject[], kind: string): T[] {
  return objects.filter((one) => one.kind === kind) as T[];
}

function setOf(objects: readonly KubeObject[]): { spec: NonNullable<StatefulSet['spec']>; container: Container } {
  const [set] = ofKind<StatefulSet>(objects, 'StatefulSet');
  const container = set?.spec?.template.spec?.containers[0];
  if (!set?.spec || !container) throw new Error('no stateful set with a container');
  return { spec: set.spec, container };
}

const configOf = (objects: readonly KubeObject[], chart: string) =>
  ofKind<ConfigMap>(objects, 'ConfigMap')[0]?.data?.[`${chart}.yml`] ?? '';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

/** What the API says of an object that it is asked to make for a try, with every unknown field an error. */
async function verdict(object: KubeObject): Promise<string> {
  const [group, plural] =
    object.kind === 'StatefulSet' ? ['apis/apps/v1', 'statefulsets'] : ['api/v1', `${object.kind?.toLowerCase()}s`];
  const url = `/${group}/namespaces/default/${plural}?dryRun=All&fieldValidation=Strict`;
  const answer = await api.send('POST', url, { body: object });
  return answer.status === 201 ? 'fine' : `${object.kind}: ${answer.body}`;
}

describe.each(charts)('the chart %s', (chart) => {
  test('has nothing that helm would complain of', async () => {
    expect(await mustRun('helm', ['lint', '--strict', join(chartsDir, chart)])).toContain('0 chart(s) failed');
  });

  test.each([
    ['as it is', []],
    ['without security', ['security.enabled=false']],
    ['with three nodes on a class of disks', ['replicas=3', 'persistence.storageClass=fast']],
    [
      'with everything that may be set',
      [
        'nodeSelector.disk=ssd',
        'priorityClassName=high',
        'service.clusterIP=10.96.0.92',
        'config.http\\.max_content_length=200mb',
        'podLabels.team=logs',
        'extraEnv[0].name=A',
        'extraEnv[0].value=b',
        'imagePullSecrets[0].name=s',
        'tolerations[0].operator=Exists',
      ],
    ],
  ])('%s is what the API takes', async (_what, settings) => {
    const objects = await render(chart, ...settings);
    expect(objects.length).toBeGreaterThanOrEqual(4);
    expect(await Promise.all(objects.map(verdict))).toEqual(objects.map(() => 'fine'));
  });

  test('keeps its data on a volume of its own, probes its server over HTTP and has no rights', async () => {
    const { spec, container } = setOf(await render(chart));
    expect(spec.volumeClaimTemplates?.map((claim) => claim.metadata?.name)).toEqual(['data']);
    expect(container.volumeMounts).toContainEqual({ name: 'data', mountPath: `/usr/share/${chart}/data` });
    for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
      expect(probe?.exec?.command?.[2]).toMatch(/curl .*'https:\/\/localhost:9200\//);
    }
    expect(spec.template.spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
    expect(container.resources).toMatchObject({ requests: { memory: '2Gi' }, limits: { memory: '2Gi' } });
  });

  test('has a password and a key that nobody knows, another one each time, and none in a command', async () => {
    const secretsOf = async () => {
      const secrets = ofKind<Secret>(await render(chart), 'Secret');
      const data = Object.assign({}, ...secrets.map((one) => one.data)) as Record<string, string>;
      return { password: atob(data['password'] ?? ''), key: atob(data['tls.key'] ?? '') };
    };
    const [one, another] = [await secretsOf(), await secretsOf()];
    expect(one.password).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(one.key).toContain('PRIVATE KEY');
    expect([one.password === another.password, one.key === another.key]).toEqual([false, false]);
    expect(JSON.stringify(ofKind(await render(chart), 'StatefulSet'))).not.toContain(one.password);
  });

  test('takes secrets that are there instead', async () => {
    const objects = await render(
      chart,
      'security.existingSecret=mine',
      'security.passwordKey=pw',
      'tls.existingSecret=mine',
    );
    expect(ofKind(objects, 'Secret')).toEqual([]);
    const { spec, container } = setOf(objects);
    expect(container.env?.find(({ valueFrom }) => valueFrom)?.valueFrom?.secretKeyRef).toEqual({
      name: 'mine',
      key: 'pw',
    });
    expect(spec.template.spec?.volumes?.find(({ name }) => name === 'certs')?.secret?.secretName).toBe('mine');
  });

  test('without security asks in the open and has no secrets', async () => {
    const objects = await render(chart, 'security.enabled=false');
    expect(ofKind(objects, 'Secret')).toEqual([]);
    const { container } = setOf(objects);
    expect(container.readinessProbe?.httpGet).toMatchObject({ port: 'http', scheme: 'HTTP' });
    expect(container.command).toBeUndefined();
  });

  test('is one node by itself, and several find one another by name', async () => {
    expect(configOf(await render(chart), chart)).toContain('discovery.type: single-node');
    const three = await render(chart, 'replicas=3', 'fullnameOverride=store');
    expect(configOf(three, chart)).toContain('discovery.seed_hosts: ["store-headless"]');
    expect(configOf(three, chart)).toContain('- "store-2"');
    const headless = ofKind<Service>(three, 'Service').find(({ metadata }) => metadata?.name === 'store-headless');
    expect(headless?.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    expect(setOf(three).spec).toMatchObject({ serviceName: 'store-headless', podManagementPolicy: 'Parallel' });
  });

  test.each([
    ['replicas=0', 'replicas'],
    ['heap=much', 'heap'],
    ['persistence.size=big', 'size'],
    ['security.enabled=perhaps', 'enabled'],
  ])('refuses %s and names it', async (setting, field) => {
    const result = await runProgram('helm', ['template', 'x', join(chartsDir, chart), '--set', setting]);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain(field);
  });
});

describe('the chart log-store', () => {
  test('is what helm and the API take', async () => {
    expect(await mustRun('helm', ['lint', '--strict', join(chartsDir, 'log-store')])).toContain('0 chart(s) failed');
    const objects = await render('log-store', 'retention.maxBytes=20000000000', 'retention.maxAge=30d');
    expect(await Promise.all(objects.map(verdict))).toEqual(objects.map(() => 'fine'));
    const { container } = setOf(objects);
    expect(container.env).toContainEqual({ name: 'VIGIL_LOG_STORE_MAX_BYTES', value: '20000000000' });
  });

  test('starts the store that kctl starts, with the same probes, and may write to its volume only', async () => {
    const { spec, container } = setOf(await render('log-store'));
    expect(container).toMatchObject({
      image: 'vigil:dev',
      readinessProbe: { httpGet: { path: '/_health', scheme: 'HTTPS' } },
      securityContext: { readOnlyRootFilesystem: true },
    });
    expect(container.command?.at(-1)).toBe('log-store/main.ts');
    expect(spec.volumeClaimTemplates?.map((claim) => claim.metadata?.name)).toEqual(['data']);
  });

  test('refuses what is no age', async () => {
    const args = ['template', 'x', join(chartsDir, 'log-store'), '--set', 'retention.maxAge=long'];
    expect((await runProgram('helm', args)).stderr).toContain('maxAge');
  });
});
