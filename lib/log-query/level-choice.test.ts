import { expect, test } from 'vitest';
import { levelsOf } from './level-choice.ts';

test.each([
  ['error', ['error']],
  ['WARNING', ['warn']],
  ['warn, fatal', ['warn', 'fatal']],
  ['>=warn', ['warn', 'error', 'fatal']],
  ['>warn', ['error', 'fatal']],
  ['<debug', ['trace']],
])('the choice %j means %j', (text, levels) => {
  expect(levelsOf(text)).toEqual(levels);
});

test.each([
  ['loud', 1],
  ['', 1],
  ['warn,', 6],
  ['>= no', 4],
])('the choice %j is wrong at character %i', (text, character) => {
  expect(() => levelsOf(text)).toThrow(
    `level: a level (trace, debug, info, warn, error, fatal) expected at character ${character}`,
  );
});
