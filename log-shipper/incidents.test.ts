import { expect, test } from 'vitest';
import { Incidents, incidentsIn } from './incidents.ts';

test('an incident is dated when its count grows, and counted over restarts', () => {
  const incidents = new Incidents({});
  incidents.observe('linesLost', 0, 'none', '08:00');
  expect(incidents.all()).toEqual({});
  incidents.observe('linesLost', 3, 'disk full', '08:01');
  incidents.observe('linesLost', 3, 'disk full', '08:02');
  expect(incidents.all()).toEqual({ linesLost: { count: 3, lastAt: '08:01', reason: 'disk full' } });
  const next = new Incidents(incidents.all());
  next.observe('linesLost', 0, 'none', '09:00');
  next.observe('documentsRefused', 1, 'no number', '09:01');
  expect(next.all()).toEqual({
    linesLost: { count: 3, lastAt: '08:01', reason: 'disk full' },
    documentsRefused: { count: 1, lastAt: '09:01', reason: 'no number' },
  });
  next.observe('linesLost', 2, 'too slow', '09:02');
  expect(next.all().linesLost).toEqual({ count: 5, lastAt: '09:02', reason: 'too slow' });
});

test('a file of another shape holds none', () => {
  const incident = { count: 1, lastAt: 'x', reason: 'y' };
  expect(incidentsIn({ linesLost: incident, documentsRefused: { count: '1' } })).toEqual({ linesLost: incident });
  expect([incidentsIn(undefined), incidentsIn(null), incidentsIn('text'), incidentsIn({ linesLost: null })]).toEqual([
    {},
    {},
    {},
    {},
  ]);
});
