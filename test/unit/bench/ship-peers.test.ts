import { describe, expect, test } from 'vitest';
import { Arrivals } from '../../bench/peers/arrivals.ts';
import { targetsOf, type Figures } from '../../bench/peers/figures.ts';
import { isMet } from '../../bench/targets.ts';
import { arrivedLines, numberedLine } from '../../bench/peers/numbered-lines.ts';
import { countLogRecords } from '../../bench/peers/otlp-log-count.ts';

describe('lines that arrived', () => {
  test('are found in a bulk body with their ids', () => {
    const body = Buffer.from(
      [4, 5].map((n) => `{"create":{"_id":"c-${n}"}}\n{"message":"${numberedLine(n)}","x":1}\n`).join(''),
    );
    expect([...arrivedLines(body)]).toEqual([
      { number: 4, id: 'c-4' },
      { number: 5, id: 'c-5' },
    ]);
  });

  test('are found in other bodies without ids', () => {
    const body = Buffer.from(`\x12\x03${numberedLine(7)}\x00\n${numberedLine(8)}\x01`);
    expect([...arrivedLines(body)]).toEqual([
      { number: 7, id: undefined },
      { number: 8, id: undefined },
    ]);
  });

  test('are stored once under one id, not under that of another line, and each time without one', () => {
    const arrivals = new Arrivals(4);
    for (const line of [
      { number: 0, id: 'a' },
      { number: 0, id: 'a' },
      { number: 0, id: 'b' },
      { number: 1, id: undefined },
      { number: 1, id: undefined },
      { number: 2, id: 'a' },
      { number: 9, id: undefined },
    ])
      arrivals.take(line);
    expect({ missing: arrivals.missing, doubled: arrivals.doubled }).toEqual({ missing: 2, doubled: 2 });
  });
});

describe('records of an OTLP request', () => {
  const field = (number: number, ...content: readonly Uint8Array[]) => {
    const body = Buffer.concat(content);
    return Buffer.concat([Buffer.from([(number << 3) | 2, (body.length & 0x7f) | 0x80, body.length >>> 7]), body]);
  };
  const record = Buffer.concat([Buffer.from([0x09, 1, 2, 3, 4, 5, 6, 7, 8]), Buffer.from([0x10, 0x95, 0x01])]);
  const resource = field(1, Buffer.from('attributes'));

  test('are counted through resources and scopes, whatever else stands beside them', () => {
    const scope = field(2, field(1, Buffer.from('scope')), field(2, record), field(2, record));
    const body = Buffer.concat([field(1, resource, scope, scope), field(1, resource, scope)]);
    expect(countLogRecords(body)).toBe(6);
  });

  test('are not counted in a body that is cut off', () => {
    const body = field(1, resource, field(2, field(2, record)));
    expect(() => countLogRecords(body.subarray(0, -1))).toThrow(RangeError);
  });
});

describe('targets', () => {
  const figures: Figures = {
    linesPerSecond: 500_000,
    cpuSecondsPerMillion: 1.6,
    peakRssMb: 150,
    bytesPerLine: 1_000,
    lineP50Ms: 1,
    lineP99Ms: 5,
    newContainerP99Ms: 50,
    lost: 0,
    doubled: 0,
  };

  test('are met at their bounds', () => {
    expect(targetsOf(figures, { ...figures, cpuSecondsPerMillion: 16 }).map(isMet)).toEqual(Array(8).fill(true));
  });

  test.each([
    { linesPerSecond: 499_999 },
    { cpuSecondsPerMillion: 1.61 },
    { peakRssMb: 151 },
    { lineP99Ms: Number.NaN },
    { newContainerP99Ms: 51 },
    { lost: 1 },
    { doubled: 1 },
  ])('are missed with %o', (worse) => {
    expect(targetsOf({ ...figures, ...worse }, undefined).filter((target) => !isMet(target))).toHaveLength(1);
  });

  test("count rsyslog's CPU time only when there is one", () => {
    const rsyslog = { ...figures, cpuSecondsPerMillion: 15.9 };
    expect(targetsOf(figures, rsyslog).filter((target) => !isMet(target))).toHaveLength(1);
    expect(targetsOf(figures, undefined)).toHaveLength(7);
  });
});
