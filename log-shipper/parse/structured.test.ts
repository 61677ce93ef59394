import { expect, test } from 'vitest';
import { levelOfFields } from './structured.ts';

test.each([
  [{ level: 'Warning' }, 'warn'],
  [{ severity: 'crit' }, 'fatal'],
  [{ level: 50 }, 'error'],
  [{ level: 'loud' }, undefined],
  [{ level: 'constructor' }, undefined],
  [{}, undefined],
])('%j is of level %s', (fields, level) => {
  expect(levelOfFields(fields)).toBe(level);
});
