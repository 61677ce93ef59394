import { describe, expect, test } from 'vitest';
import { parseVerbArguments } from '../command.ts';
import { clusterHome } from './cluster-home.ts';
import { integerOption } from './cluster-options.ts';
import { logStoreOption } from './log-store-option.ts';
import { stepLine } from './progress.ts';
import { up } from './up.ts';

describe('options of kctl up', () => {
  test.each([
    ['embedded', 'embedded'],
    ['none', 'none'],
    ['https://es.example:9200', { kind: 'elasticsearch', url: 'https://es.example:9200', clusterCredentials: false }],
    ['opensearch+http://os.example', { kind: 'opensearch', url: 'http://os.example', clusterCredentials: false }],
    [undefined, undefined],
  ])('--log-store %s', (text, expected) => {
    expect(logStoreOption(text)).toEqual(expected);
  });

  test.each(['ftp://x', 'elastic', 'opensearch+', ''])('--log-store "%s" is refused', (text) => {
    expect(() => logStoreOption(text)).toThrow(/expected embedded, none/);
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
