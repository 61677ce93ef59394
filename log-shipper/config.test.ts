import { expect, test } from 'vitest';
import { parseShipperConfig } from './config.ts';

const store = { name: 'store', kind: 'elasticsearch', url: 'https://10.96.0.92:9200' };
const parse = (over: object) =>
  parseShipperConfig(
    JSON.stringify({
      clusterName: 'c',
      sourcesDirs: ['/s'],
      recordsDirs: [],
      stateDir: '/state',
      outputs: [store],
      ...over,
    }),
  );
const withOutput = (over: object) => parse({ outputs: [{ ...store, ...over }] });

test('several outputs of every kind are read as they are', () => {
  const outputs = [
    { ...store, apiKeyFile: '/key', compression: 'zstd', retention: { maxAge: '30d', rolloverSize: '10gb' } },
    { name: 'collector', kind: 'otlp', url: 'http://127.0.0.1:4318', bearerTokenFile: '/token', required: false },
    { name: 'pipe', kind: 'stdout', required: false },
  ];
  expect(parse({ outputs }).outputs).toEqual(outputs);
});

test.each([
  ['no outputs', () => parse({ outputs: [] }), 'outputs is not a list of 1 to 8 outputs'],
  ['the one output of earlier versions', () => parse({ output: store }), 'unknown key "output"'],
  ['a name twice', () => parse({ outputs: [store, store] }), 'outputs[1].name "store" is used twice'],
  ['a name that is a path', () => withOutput({ name: '../x' }), 'outputs[0].name is not made of'],
  [
    'an unknown kind',
    () => withOutput({ kind: 'loki' }),
    'outputs[0].kind is none of elasticsearch, opensearch, otlp, stdout',
  ],
  [
    'a key of another kind',
    () => withOutput({ bearerTokenFile: '/t' }),
    'outputs[0] has an unknown key "bearerTokenFile"',
  ],
  ['no URL', () => withOutput({ url: 'localhost:9200' }), 'outputs[0].url is not an http or https URL'],
  ['a password in the URL', () => withOutput({ url: 'http://u:p@h' }), 'use username and passwordFile'],
  ['half a key pair', () => withOutput({ clientCert: '/c' }), 'only one is given'],
  [
    'two credentials',
    () => withOutput({ apiKeyFile: '/k', username: 'u', passwordFile: '/p' }),
    'both apiKeyFile and username',
  ],
  ['an unknown compression', () => withOutput({ compression: 'lz4' }), 'compression is none of none, gzip, zstd'],
  [
    'an age in words',
    () => withOutput({ retention: { maxAge: 'a month' } }),
    'retention.maxAge is not of the form 30d',
  ],
  [
    'an OTLP address with its path',
    () => parse({ outputs: [{ name: 'o', kind: 'otlp', url: 'http://h:4318/v1/logs' }] }),
    'outputs[0].url ends in /v1/logs',
  ],
  ['nothing that files wait for', () => withOutput({ required: false }), 'no output is required'],
])('%s is refused with the field', (_name, parsed, message) => {
  expect(parsed).toThrow(message);
});
