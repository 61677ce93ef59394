import { expect, test } from 'vitest';
import { levelOf } from './log-level.ts';

test.each([
  ['ERROR something', 'error'],
  ['2026-11-29 08:00:00,123 WARN  [main] c.e.App - slow', 'warn'],
  ['[info] started', 'info'],
  ['2026/11/29 08:00:00 [crit] 7#7: no space', 'fatal'],
  ['level=debug msg="x"', 'debug'],
  ['ts=1 lvl=eror', undefined],
  ['{"level":"error","msg":"x"}', 'error'],
  ['{\\"level\\":\\"warning\\",\\"msg\\":\\"x\\"}', 'warn'],
  ['{\\"time\\":1,\\"level\\":50,\\"msg\\":\\"x\\"}', 'error'],
  ['{"severity": "CRITICAL"}', 'fatal'],
  ['E0102 03:04:05.678901       1 controller.go:1] failed', 'error'],
  ['I1129 08:00:00.000000       1 main.go:5] ok', 'info'],
  ['no error found', undefined],
  ['the level of the water', undefined],
  ['INFORMATION about it', 'info'],
  ['ERRORS were seen', undefined],
  ['GET /warn HTTP/1.1', undefined],
  ['', undefined],
  [`${'x '.repeat(100)}ERROR far behind`, undefined],
] as const)('%j → %s', (text, level) => {
  const bytes = Buffer.from(text);
  expect(levelOf(bytes, 0, bytes.length)).toBe(level);
});
