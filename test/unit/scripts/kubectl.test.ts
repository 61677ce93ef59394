import { expect, test } from 'vitest';
import { isRecent } from '../../../scripts/setup/kubectl.ts';

test.each([
  ['{"clientVersion": {"major": "1", "minor": "32"}}', true],
  ['{"clientVersion": {"major": "1", "minor": "29+"}}', true],
  ['{"clientVersion": {"major": "1", "minor": "20+"}}', false],
  ['', false],
  ['kubectl: not found', false],
])('a kubectl that says %s is recent enough: %s', (text, expected) => {
  expect(isRecent(text)).toBe(expected);
});
