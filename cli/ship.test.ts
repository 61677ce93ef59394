import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseShipperConfig } from '../log-shipper/config.ts';
import { parseVerbArguments } from './command.ts';
import { ship, shipConfig } from './ship.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ship-options-'));
  mkdirSync(join(root, 'logs'));
  writeFileSync(join(root, 'secret'), 'x');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const parse = (line: string) => shipConfig(parseVerbArguments(ship, line.split(' ')), root);
const base = '--containers logs --state state --to http://store:9200';

test('what the options ask for is a configuration that the shipper takes', () => {
  const lines = [
    base,
    `${base} --once --api-key-file secret --ca-cert secret --compression zstd --metrics-port 0 --holds-max 1.5`,
    `${base} --kind opensearch --username u --password-file secret --client-cert secret --client-key secret`,
    `${base} --kind otlp --bearer-token-file secret --cluster here`,
    '--containers logs --containers . --state state --to stdout',
  ];
  for (const line of lines) expect(() => parseShipperConfig(JSON.stringify(parse(line)))).not.toThrow();
  expect(parse(lines[1] ?? '')).toMatchObject({
    once: true,
    containersDirs: [join(root, 'logs')],
    stateDir: join(root, 'state'),
    holds: { maxBytes: 1.5 * 1024 ** 3 },
    outputs: [{ kind: 'elasticsearch', url: 'http://store:9200', apiKeyFile: join(root, 'secret') }],
  });
});

test.each([
  ['--state state --to http://store:9200', '--containers DIR is missing'],
  ['--containers logs --to http://store:9200', '--state DIR is missing'],
  ['--containers logs --state state', '--to URL is missing'],
  ['--containers nowhere --state state --to http://store', '--containers'],
  ['--containers secret --state state --to http://store', 'it is not a folder'],
  ['--containers logs --state logs --to http://store', '--state must be another folder'],
  [base.replace('http:', 'ftp:'), '--to ftp://store:9200: an http or https URL is expected'],
  [base.replace('store', 'me:pw@store'), '--to: put the user into --username'],
  [`${base} --kind loki`, '--kind loki: choose'],
  [`${base} --username me`, '--username and --password-file go together'],
  [`${base} --client-key secret`, '--client-cert and --client-key go together'],
  [`${base} --api-key-file nowhere`, '--api-key-file'],
  [`${base} --bearer-token-file secret`, '--bearer-token-file is not for --kind elasticsearch'],
  [`${base} --compression lzma`, '--compression lzma: choose'],
  [`${base} --holds-max many`, '--holds-max many: a number'],
  [`${base} extra`, '"extra": there are options only'],
])('%s: %s', (line, message) => {
  expect(() => parse(line)).toThrow(message);
});
