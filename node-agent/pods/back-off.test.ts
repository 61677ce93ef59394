import { expect, test } from 'vitest';
import { profiles } from '../../lib/profiles.ts';
import { backOffDelayMs, goDuration, nextRun } from './back-off.ts';
import { backOffSettings } from './back-off-settings.ts';

const kubernetes = backOffSettings(undefined, profiles.kubernetes);

test('the delay begins at 10 s, doubles and ends at 5 min', () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 7, 50].map((step) => backOffDelayMs(step, kubernetes) / 1000);
  expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
});

test('a run of ten minutes makes the next restart immediate again', () => {
  const long = { backOffStep: 5, startedAtMs: 0, finishedAtMs: 600_000 };
  expect(nextRun(long, kubernetes)).toEqual({ backOffStep: 1, notBeforeMs: 600_000, delayMs: 0 });
  const short = { ...long, finishedAtMs: 599_999 };
  expect(nextRun(short, kubernetes)).toEqual({ backOffStep: 6, notBeforeMs: 599_999 + 160_000, delayMs: 160_000 });
});

test('the faster profile, and a configured maximum below 10 s that is the initial delay too', () => {
  expect(backOffSettings(undefined, profiles.vigil)).toMatchObject({ initialMs: 1_000, maxMs: 60_000 });
  expect(backOffSettings({ maxContainerRestartPeriodMs: 4_000 }, profiles.kubernetes)).toMatchObject({
    initialMs: 4_000,
    maxMs: 4_000,
  });
  expect(backOffSettings({ maxContainerRestartPeriodMs: 60_000 }, profiles.kubernetes)).toMatchObject({
    initialMs: 10_000,
    maxMs: 60_000,
  });
  expect(backOffSettings({ maxContainerRestartPeriodMs: 1 }, profiles.vigil).maxMs).toBe(1_000);
});

test('durations are printed as Go does', () => {
  expect([10_000, 40_000, 80_000, 300_000].map(goDuration)).toEqual(['10s', '40s', '1m20s', '5m0s']);
});
