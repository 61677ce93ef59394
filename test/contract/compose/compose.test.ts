import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '../../support/eventually.ts';
import { mustRun } from '../../support/run-program.ts';

const root = join(import.meta.dirname, '../../..');
const file = join(root, 'docker-compose.dev.yml');
const profiles = ['elastic', 'opensearch', 'monitoring'];

interface ComposeFile {
  readonly services: Readonly<
    Record<
      string,
      { readonly profiles?: readonly string[]; readonly image: string; readonly volumes?: readonly string[] }
    >
  >;
}

async function config(...args: readonly string[]): Promise<ComposeFile> {
  return parse(await mustRun('docker-compose', ['-f', file, ...args, 'config'])) as ComposeFile;
}

describe('docker-compose.dev.yml', () => {
  test('is valid by itself and with every profile', async () => {
    const all = await config(...profiles.flatMap((profile) => ['--profile', profile]));
    expect(Object.keys(all.services)).toEqual(
      expect.arrayContaining([
        'control-plane',
        'node-1',
        'node-2',
        'log-store',
        'kibana',
        'opensearch-dashboards',
        'grafana',
        'alertmanager',
      ]),
    );
  });

  test('runs nothing but images of this machine unless a profile is asked for', async () => {
    const { services } = parse(readFileSync(file, 'utf8'), { merge: true }) as ComposeFile;
    const byDefault = Object.values(services).filter((service) => service.profiles === undefined);
    expect(byDefault.map((service) => service.image).filter((image) => !image.startsWith('vigil'))).toEqual([]);
  });

  test('mounts only files of the repository that exist', async () => {
    const all = await config(...profiles.flatMap((profile) => ['--profile', profile]));
    const sources = Object.values(all.services)
      .flatMap((service) => service.volumes ?? [])
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((source) => source.startsWith(root));
    expect(sources.length).toBeGreaterThan(3);
    expect(sources.filter((source) => !existsSync(source))).toEqual([]);
  });
});

test('Prometheus takes the configuration that is mounted', async () => {
  const path = join(root, 'deploy/compose/prometheus/prometheus.yml');
  expect(await mustRun('promtool', ['check', 'config', '--syntax-only', path])).toContain('SUCCESS');
});

describe('the default profile', () => {
  const vigilHome = mkdtempSync(join(tmpdir(), 'vigil-compose-'));
  const name = `compose-${randomBytes(3).toString('hex')}`;
  const project = name;
  const env = { VIGIL_HOME: vigilHome, VIGIL_COMPOSE_NAME: name };
  const kctl = (...args: readonly string[]) => mustRun(join(root, 'kctl'), args, { env, timeoutMs: 120_000 });
  const compose = (...args: readonly string[]) => {
    const environment = join(vigilHome, name, 'compose.env');
    const where = ['--project-name', project, '--env-file', environment, '-f', file];
    return mustRun('docker-compose', [...where, ...args], { timeoutMs: 120_000 });
  };
  const kubectl = (...args: readonly string[]) =>
    mustRun('kubectl', args, { env: { KUBECONFIG: join(vigilHome, name, 'kubeconfig') } });

  beforeAll(async () => {
    await kctl('prepare', '--name', name);
    await compose('up', '-d');
  });

  afterAll(async () => {
    await compose('down', '-v').catch(() => undefined);
    await kctl('down', '--name', name);
    rmSync(vigilHome, { recursive: true, force: true });
  });

  test('brings up two Ready nodes that run pods and ship their lines', async () => {
    await eventually('the nodes are Ready', async () =>
      (await compose('logs', 'settle')).includes('is Ready: node-1 node-2'),
    );
    await kubectl(
      'create',
      'deployment',
      'web',
      '--image=vigil/busybox:dev',
      '--replicas=2',
      '--',
      'sh',
      '-c',
      'echo a line of compose; sleep 3600',
    );
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    const found = await eventually('both lines are found', async () => {
      const text = await kctl('search', 'compose', '--name', name, '--since', '10m', '-o', 'json');
      return text.split('a line of compose').length > 2 ? text : undefined;
    });
    expect(found).toContain('web-');
  });
});
