import { expect, test } from 'vitest';
import { isHelm3, isRecent } from '../../../scripts/setup/kubectl.ts';

test.each([
  ['{"clientVersion": {"major": "1", "minor": "32"}}', true],
  ['{"clientVersion": {"major": "1", "minor": "29+"}}', true],
  ['{"clientVersion": {"major": "1", "minor": "20+"}}', false],
  ['', false],
  ['kubectl: not found', false],
])('a kubectl that says %s is recent enough: %s', (text, expected) => {
  expect(isRecent(text)).toBe(expected);
});

test.each([
  ['v3.17.2', true],
  ['v4.0.0', true],
  ['v2.17.0', false],
  ['', false],
])('a helm that says %s will do: %s', (text, expected) => {
  expect(isHelm3(text)).toBe(expected);
});
