import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseVerbArguments } from '../command.ts';
import { clusterHome } from './cluster-home.ts';
import { integerOption } from './cluster-options.ts';
import { logStoreOption } from './log-store-option.ts';
import { stepLine } from './progress.ts';
import { up } from './up.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-options-'));
  const files = {
    ca: '',
    pw: 'secret',
    'open.yaml': 'security: { enabled: false }',
    'list.yaml': '- a',
    'broken.yaml': 'a: [',
    'three.yaml': 'replicas: 3',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('options of kctl up', () => {
  const logStore = (...argv: readonly string[]) => logStoreOption(parseVerbArguments(up, argv), folder);

  test.each([
    ['embedded', 'embedded'],
    ['none', 'none'],
    ['https://es.example:9200', { kind: 'elasticsearch', url: 'https://es.example:9200', clusterCredentials: false }],
    ['opensearch+http://os.example', { kind: 'opensearch', url: 'http://os.example', clusterCredentials: false }],
    ['elasticsearch', { chart: 'elasticsearch', isSecure: true }],
    ['opensearch', { chart: 'opensearch', isSecure: true }],
  ])('--log-store %s', (text, expected) => {
    expect(logStore('--log-store', text)).toEqual(expected);
  });

  test('nothing said is nothing wanted', () => {
    expect(logStore()).toBeUndefined();
  });

  test.each(['ftp://x', 'elastic', 'opensearch+', ''])('--log-store "%s" is refused', (text) => {
    expect(() => logStore('--log-store', text)).toThrow(/expected embedded, none/);
  });

  test('a store outside is shown what files hold, by absolute path', () => {
    const url = ['--log-store', 'https://es.example'];
    expect(
      logStore(...url, '--log-store-ca', 'ca', '--log-store-user', 'elastic', '--log-store-password-file', 'pw'),
    ).toMatchObject({
      access: { caCert: join(folder, 'ca'), username: 'elastic', passwordFile: join(folder, 'pw') },
    });
    expect(logStore(...url, '--log-store-api-key-file', 'pw')).toMatchObject({
      access: { apiKeyFile: join(folder, 'pw') },
    });
  });

  test('values of a chart say whether it is asked with credentials', () => {
    expect(logStore('--log-store', 'opensearch', '--log-store-values', 'open.yaml')).toEqual({
      chart: 'opensearch',
      isSecure: false,
      valuesFile: join(folder, 'open.yaml'),
    });
  });

  test.each<[string, string[], RegExp]>([
    [
      'a file that is not there',
      ['--log-store', 'https://x', '--log-store-ca', 'nowhere'],
      /--log-store-ca "nowhere": there is no such file/,
    ],
    ['a user without a password', ['--log-store', 'https://x', '--log-store-user', 'u'], /belong together/],
    [
      'credentials of a store in the cluster',
      ['--log-store', 'opensearch', '--log-store-ca', 'ca'],
      /cluster's credentials/,
    ],
    ['credentials of no store', ['--log-store-ca', 'ca'], /belong to --log-store URL/],
    ['values without a chart', ['--log-store', 'none', '--log-store-values', 'open.yaml'], /made by a chart/],
    [
      'values that are a list',
      ['--log-store', 'opensearch', '--log-store-values', 'list.yaml'],
      /expected values by name/,
    ],
    [
      'values that are not YAML',
      ['--log-store', 'opensearch', '--log-store-values', 'broken.yaml'],
      /broken.yaml is not YAML/,
    ],
    ['more nodes than one', ['--log-store', 'opensearch', '--log-store-values', 'three.yaml'], /replicas 3/],
    ['a password on the command line', ['--log-store', 'https://u:p@x'], /list of processes/],
  ])('%s is refused', (_what, argv, message) => {
    expect(() => logStore(...argv)).toThrow(message);
  });

  test.each(['-1', '1.5', '1e3', '255', 'three', ''])('--nodes "%s" is refused, naming the option', (text) => {
    const args = parseVerbArguments(up, [`--nodes=${text}`]);
    expect(() => integerOption(args, 'nodes', 3, 0, 254)).toThrow(
      /--nodes ".*": expected a whole number from 0 to 254/,
    );
  });

  test.each(['Demo', '../x', 'a/b', '-x', 'x-', '', 'a'.repeat(31)])('the name "%s" is refused', (name) => {
    expect(() => clusterHome('/var/vigil', name)).toThrow(/--name/);
  });

  test('an option that does not exist is refused', () => {
    expect(() => parseVerbArguments(up, ['--node', '3'])).toThrow(/--node/);
  });

  test('--no-demo is not the same as saying nothing', () => {
    expect(parseVerbArguments(up, ['--no-demo']).has('demo')).toBe(true);
    expect(parseVerbArguments(up, ['--no-demo']).flag('demo')).toBe(false);
    expect(parseVerbArguments(up, []).has('demo')).toBe(false);
  });
});

test('steps are told in aligned columns', () => {
  const [engine, plane] = [
    stepLine('engine', 'Docker 20.10', 120),
    stepLine('control plane', 'https://127.0.0.1:6443', 12_345),
  ];
  expect(engine).toMatch(/^engine {9}Docker 20\.10 +0\.1 s$/);
  expect(plane).toMatch(/ 12\.3 s$/);
  expect(plane.length).toBe(engine.length);
});
