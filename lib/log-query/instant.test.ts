import { describe, expect, test } from 'vitest';
import { checkRange, parseInstant } from './instant.ts';

const nowMs = Date.parse('2026-01-02T03:04:05Z');

describe('a point in time', () => {
  test.each([
    ['10m', '2026-01-02T02:54:05.000Z'],
    ['1h30m', '2026-01-02T01:34:05.000Z'],
    ['0s', '2026-01-02T03:04:05.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T10:00', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31 10:00:01', '2026-01-31T10:00:01.000Z'],
    ['2026-01-31T10:00:00Z', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31T10:00:00.123456789Z', '2026-01-31T10:00:00.123456789Z'],
    ['2026-01-31T10:00:00.5+02:00', '2026-01-31T08:00:00.500Z'],
  ])('%s', (text, expected) => {
    expect(parseInstant('since', text, nowMs)).toBe(expected);
  });

  test.each([
    ['10x', 'a unit (ms, s, m, h, d) expected at character 3'],
    ['10', 'a unit (ms, s, m, h, d) expected at character 3'],
    ['1h!', 'a number expected at character 3'],
    ['', 'a duration such as 10m or a time such as 2026-01-31T10:00:00Z expected at character 1'],
    ['yesterday', 'a duration such as 10m or a time such as 2026-01-31T10:00:00Z expected at character 1'],
    ['9999999d', 'a duration of at most a hundred years expected at character 1'],
    ['2026-1-31', 'a month from 01 to 12 expected at character 6'],
    ['2026-02-30', 'a day that the month has expected at character 9'],
    ['2026-01-31T25:00', 'an hour from 00 to 23 expected at character 12'],
    ['2026-01-31T10', '":" expected at character 14'],
    ['2026-01-31T10:00:99Z', 'seconds, "Z" or an offset such as +02:00 expected at character 17'],
    ['2026-01-31T10:00:00Zx', 'the end expected at character 21'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parseInstant('since', text, nowMs)).toThrow(`since: ${message}`);
  });

  test('a range that ends before it begins names both ends', () => {
    expect(() => checkRange('2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z')).toThrow(
      'until: a time after since (2026-01-02T00:00:00.000Z) expected, not 2026-01-01T00:00:00.000Z',
    );
    expect(() => checkRange('2026-01-02T00:00:00.000Z', '2026-01-02T00:00:00.000Z')).toThrow('until');
    expect(() => checkRange('2026-01-02T00:00:00.000000001Z', '2026-01-02T00:00:00.000000002Z')).not.toThrow();
    expect(() => checkRange(undefined, '2026-01-01T00:00:00.000Z')).not.toThrow();
  });
});
