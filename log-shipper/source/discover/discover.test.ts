import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { containerId } from '../../../test/support/logs/docker-log-files.ts';
import { ContainerFolder } from './container-folder.ts';
import { describeDockerContainer } from './docker-container.ts';
import { nameByFile, nameByPodPath } from './pod-path.ts';

const id = containerId(1);
const uid = '7d0c7e5e-0000-4000-8000-000000000001';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'discover-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function read(isComplete = false) {
  const invalid: string[] = [];
  const folder = new ContainerFolder({ dir: root, node: 'here', isComplete });
  const sources = [...folder.read((name, reason) => invalid.push(`${name}: ${reason}`)).values()];
  return { sources, invalid, watched: folder.watched().map((dir) => dir.slice(root.length)) };
}

function file(path: string, text = ''): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

const description = (over: object = {}, labels: Record<string, string> = {}) =>
  JSON.stringify({
    ID: id,
    Name: '/brave_name',
    Config: { Image: 'nginx:1', Labels: labels },
    State: { Running: true, FinishedAt: '0001-01-01T00:00:00Z' },
    ...over,
  });

describe('Docker’s containers', () => {
  test('a container of its own is called by its name', () => {
    expect(describeDockerContainer(description())).toMatchObject({
      isSandbox: false,
      source: { containerId: id, namespace: 'default', pod: 'brave_name', container: 'brave_name', image: 'nginx:1' },
    });
    expect(describeDockerContainer(description()).source.endedAt).toBeUndefined();
  });

  test('a container of a pod, or of Compose, is called by its labels', () => {
    const pod = {
      'io.kubernetes.pod.name': 'web-1',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.pod.uid': uid,
      'io.kubernetes.container.name': 'web',
      'io.kubernetes.container.restartCount': '3',
      'logs.vigil.dev/parse': 'json',
    };
    expect(describeDockerContainer(description({}, pod)).source).toMatchObject({
      namespace: 'shop',
      pod: 'web-1',
      podUid: uid,
      container: 'web',
      restartCount: 3,
      annotations: { 'logs.vigil.dev/parse': 'json' },
      workload: { kind: 'Pod', name: 'web-1' },
    });
    const compose = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'db' };
    expect(describeDockerContainer(description({}, compose)).source).toMatchObject({
      namespace: 'shop',
      pod: 'brave_name',
      container: 'db',
    });
  });

  test('a container that stopped has ended', () => {
    const State = { Running: false, FinishedAt: '2026-11-29T08:00:00Z' };
    expect(describeDockerContainer(description({ State })).source.endedAt).toBe('2026-11-29T08:00:00Z');
  });

  test('a folder is a container when it is described; before, it is watched', () => {
    mkdirSync(join(root, id));
    expect(read()).toEqual({ sources: [], invalid: [], watched: ['', `/${id}`] });
    file(`${id}/config.v2.json`, description());
    expect(read().sources).toMatchObject([{ containerId: id, path: join(root, id, `${id}-json.log`), node: 'here' }]);
    file(`${id}/config.v2.json`, '{');
    expect(read().invalid[0]).toContain(`${id}/config.v2.json`);
  });
});

describe('the kubelet’s pods', () => {
  test('a run is called by its path, and all but the last have ended', () => {
    for (const name of ['0.log', '1.log', '1.log.20260102-030405.gz', 'x']) file(`shop_web-1_${uid}/web/${name}`);
    const { sources, watched } = read();
    expect(sources.map(({ restartCount, endedAt }) => [restartCount, endedAt])).toEqual([
      [0, ''],
      [1, undefined],
    ]);
    expect(sources[0]).toMatchObject({ namespace: 'shop', pod: 'web-1', podUid: uid, container: 'web' });
    expect(watched).toEqual(['', `/shop_web-1_${uid}`, `/shop_web-1_${uid}/web`]);
  });

  test.each([
    ['shop_web', 'web', '0.log'],
    [`shop_web_${uid}`, 'Web', '0.log'],
    [`shop_web_${uid}`, 'web', '0.log.1'],
  ])('%s/%s/%s is not a run', (pod, container, name) => {
    expect(nameByPodPath(pod, container, name)).toBeUndefined();
  });
});

describe('log files', () => {
  test('are called by their names, or as the kubelet calls its links', () => {
    expect(nameByFile('/logs/app-json.log', 'app-json.log')).toMatchObject({ namespace: 'default', pod: 'app' });
    expect(nameByFile('/x', `web-1_shop_web-${id}.log`)).toMatchObject({
      containerId: id,
      namespace: 'shop',
      pod: 'web-1',
      container: 'web',
    });
  });

  test('links are followed, links to nothing and other files passed over', () => {
    file('real/app.txt');
    symlinkSync(join(root, 'real/app.txt'), join(root, 'app.log'));
    symlinkSync(join(root, 'nowhere'), join(root, 'gone.log'));
    file('notes.txt');
    expect(read().sources.map(({ pod, path }) => [pod, path])).toEqual([['app', join(root, 'real/app.txt')]]);
  });

  test('for a run that ends, everything has ended', () => {
    file('app.log');
    expect(read(true).sources[0]?.endedAt).toBe('');
  });
});
