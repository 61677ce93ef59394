import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseVerbArguments } from '../command.ts';
import { logOutputsOption } from './log-outputs-option.ts';
import { repositoryRoot } from './repository.ts';
import { up } from './up.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-log-outputs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function outputsOf(content: unknown, ...more: readonly string[]): unknown {
  writeFileSync(join(folder, 'outputs.json'), typeof content === 'string' ? content : JSON.stringify(content));
  const args = parseVerbArguments(up, ['--log-outputs', 'outputs.json', ...more]);
  return logOutputsOption(args, folder, { root: repositoryRoot, node: process.execPath });
}

test('nothing said is nothing', () => {
  const launch = { root: repositoryRoot, node: process.execPath };
  expect(logOutputsOption(parseVerbArguments(up, []), folder, launch)).toBeUndefined();
});

test('outputs are as they are listed, and their files are named from the folder of the list', () => {
  const otel = { name: 'otel', kind: 'otlp', url: 'http://127.0.0.1:4318', bearerTokenFile: 'secrets/token' };
  const mirror = { name: 'mirror', kind: 'opensearch', url: 'https://os:9200', caCert: '/ca.pem', required: false };
  expect(outputsOf([otel, mirror])).toEqual([{ ...otel, bearerTokenFile: join(folder, 'secrets/token') }, mirror]);
});

test.each([
  [
    'a field that the shipper does not know',
    [{ name: 'a', kind: 'otlp', url: 'http://h', topic: 'x' }],
    'output 1 has an unknown key "topic"',
  ],
  [
    'a wrong kind in the second place',
    [
      { name: 'a', kind: 'otlp', url: 'http://h' },
      { name: 'b', kind: 'kafka' },
    ],
    'output 2.kind is none of',
  ],
  ['the name of the store', [{ name: 'store', kind: 'otlp', url: 'http://h' }], 'output 1.name "store" is used twice'],
  ['standard output', [{ name: 'a', kind: 'stdout' }], 'no standard output that anybody reads'],
  ['no list', { name: 'a' }, 'expected a JSON list of outputs'],
  ['no JSON', '[', 'outputs.json: '],
])('%s is refused with the place', (_name, content, message) => {
  expect(() => outputsOf(content)).toThrow(message);
});

test('without a store there is nothing to be beside', () => {
  expect(() => outputsOf([], '--log-store', 'none')).toThrow('--log-store none has none');
});
