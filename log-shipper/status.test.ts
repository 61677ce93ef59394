import { expect, test } from 'vitest';
import { newCounters, type OutputFigures, type ShipperCounters } from './figures.ts';
import { Incidents } from './incidents.ts';
import { shipperStatus } from './status.ts';

const held = { files: 0, bytes: 0 };
const at = '2026-11-29T08:00:00Z';

function output(name: string, counters: Partial<ShipperCounters>, over: Partial<OutputFigures> = {}): OutputFigures {
  return {
    name,
    required: true,
    counters: { ...newCounters(), ...counters },
    containers: [],
    lagSeconds: 0,
    backlogBytes: 0,
    lastError: undefined,
    lastRefusal: undefined,
    ...over,
  };
}

test('the output that is furthest behind speaks for the shipper, with its name', () => {
  const late = output('late', {}, { lagSeconds: 31.23456, backlogBytes: 7, lastError: 'status 503: busy' });
  expect(shipperStatus({ held, outputs: [output('fine', {}), late] }, new Incidents({}), at)).toMatchObject({
    lagSeconds: 31.235,
    backlogBytes: 7,
    lastError: 'late: status 503: busy',
    perOutput: { fine: { up: true }, late: { up: false, lastError: 'status 503: busy' } },
  });
});

test('the error of the only output needs no name', () => {
  const outputs = [output('store', {}, { lastError: 'status 401' })];
  expect(shipperStatus({ held, outputs }, new Incidents({}), at).lastError).toBe('status 401');
});

test('what is lost or refused is an incident with its reasons', () => {
  const counters = { lostLines: 3, gaps: 1, deadLettersLost: 2, refused: 5 };
  const outputs = [output('store', counters, { lastRefusal: 'no number' })];
  expect(shipperStatus({ held, outputs }, new Incidents({}), at).incidents).toEqual({
    linesLost: {
      count: 6,
      lastAt: at,
      reason:
        '3 in files that could not be kept until they were read, 1 files gone before they were seen, 2 refused by the dead-letter stream of store too',
    },
    documentsRefused: { count: 5, lastAt: at, reason: 'store: no number' },
  });
});

test('what an output loses that nothing waits for is told and no incident', () => {
  const outputs = [output('store', {}), output('mirror', { lostLines: 9 }, { required: false })];
  const status = shipperStatus({ held, outputs }, new Incidents({}), at);
  expect([status.lostLines, status.incidents]).toEqual([0, {}]);
  expect(status.perOutput['mirror']?.lostLines).toBe(9);
});
