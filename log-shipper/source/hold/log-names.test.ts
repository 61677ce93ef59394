import { expect, test } from 'vitest';
import { logOfName, namesOfLog } from './log-names.ts';

const names = (base: string, entries: readonly string[]) => namesOfLog(base, entries).map(({ name }) => name);

test.each([
  [
    'x-json.log',
    ['x-json.log.2', 'x-json.log', 'config.v2.json', 'x-json.log.10', 'x-json.log.1'],
    ['x-json.log', 'x-json.log.1', 'x-json.log.2', 'x-json.log.10'],
  ],
  [
    '0.log',
    ['0.log.20260102-030405', '0.log', '0.log.20260101-000000.gz', '1.log'],
    ['0.log', '0.log.20260102-030405', '0.log.20260101-000000.gz'],
  ],
  [
    'app.log',
    ['app.log-20260102', 'app.log', 'app.log-20260103.gz', 'app.log.tmp', 'app.logger'],
    ['app.log', 'app.log-20260103.gz', 'app.log-20260102'],
  ],
  ['x.log', ['x.log.1', 'x.log.1.gz', 'x.log.2.gz', 'x.log'], ['x.log', 'x.log.1', 'x.log.2.gz']],
  ['x.log', ['x.log.1.gz', 'x.log.1'], ['x.log.1']],
] as const)('files of %s come newest first', (base, entries, expected) => {
  expect(names(base, entries)).toEqual(expected);
});

test('a name is told to belong to the log before its separators', () => {
  const logs = new Map([
    ['a.log', 1],
    ['a.log.b', 2],
  ]);
  expect(logOfName('a.log', logs)).toBe(1);
  expect(logOfName('a.log.1.gz', logs)).toBe(1);
  expect(logOfName('a.log.b-20260101', logs)).toBe(2);
  expect(logOfName('c.log', logs)).toBeUndefined();
});
