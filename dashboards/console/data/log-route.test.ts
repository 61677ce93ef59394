import { describe, expect, test } from 'vitest';
import { hrefOf, logRouteOf, problemOf, timeOf } from './log-route.ts';
import { parseRoute } from './route.ts';

const usual = logRouteOf(parseRoute('#/logs'));

describe('a link to the logs', () => {
  test('says only what is not as usual', () => {
    expect(usual).toEqual({ query: '', namespace: '', span: '15m', from: '', to: '', isLive: true, fields: [] });
    expect(hrefOf(usual, {})).toBe('#/logs');
    expect(hrefOf(usual, { query: 'a b', span: '1h', isLive: false })).toBe('#/logs?q=a+b&since=1h&live=off');
  });

  test('leads back to what it was made from', () => {
    const from = '2026-01-01T00:00:00.000Z';
    for (const change of [
      { query: 'level:>=warn AND "x y"', namespace: 'shop' },
      { from, to: '2026-01-01T00:00:15.000Z' },
      { fields: ['label.app', 'reason'] },
    ]) {
      const route = logRouteOf(parseRoute(hrefOf(usual, change)));
      expect(route).toEqual({ ...usual, ...change, ...('from' in change ? { isLive: false } : {}) });
    }
  });

  test('with fixed ends counts in intervals that fit a screen', () => {
    const from = '2026-01-01T00:00:00.000Z';
    expect(timeOf({ ...usual, from, to: '2026-01-01T00:00:15.000Z' })).toEqual({
      since: from,
      until: '2026-01-01T00:00:15.000Z',
      histogramInterval: '1s',
    });
    expect(timeOf({ ...usual, span: '6h' })).toEqual({ since: '6h', histogramInterval: '5m' });
  });

  test('is refused with the place of what is wrong', () => {
    expect(problemOf({ query: 'a AND', from: '', to: '' })).toMatchObject({ field: 'query', at: 5 });
    expect(problemOf({ query: '', from: '2026-01-40', to: '' })).toMatchObject({ field: 'from', at: 8 });
    expect(problemOf({ query: '', from: '2026-01-02', to: '2026-01-01' })).toMatchObject({ field: 'until' });
    expect(problemOf({ query: 'a', from: '', to: '' })).toBeUndefined();
  });
});
