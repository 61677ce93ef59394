import { expect, it } from 'vitest';
import { meansTheLatest } from './image-tag.ts';

const digest = `sha256:${'a'.repeat(64)}`;

it.each([
  ['web', true],
  ['web:latest', true],
  ['localhost:5000/web', true],
  ['[::1]:5000/web', true],
  ['Registry/web', true],
  ['team__a/web', true],
  [`web:latest@${digest}`, true],
  ['m'.repeat(240), true],
  [`registry.example/${'m'.repeat(252)}`, true],
  ['web:1', false],
  [`web@${digest}`, false],
  // These are no references.
  ['Web', false],
  ['Bad Value!', false],
  ['web@sha256:abc', false],
  ['m'.repeat(250), false],
  ['a'.repeat(64), false],
])('takes %s for what the registry has now: %s', (image, expected) => {
  expect(meansTheLatest(image)).toBe(expected);
});
