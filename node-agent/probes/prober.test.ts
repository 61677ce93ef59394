import { expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import type { CheckOutcome } from './check-outcome.ts';
import { initialState, type ProbeState } from './decide.ts';
import { Prober, type Attempt } from './prober.ts';
import type { ProbeSpec } from './probe-spec.ts';

const base: ProbeSpec = {
  type: 'liveness',
  check: { kind: 'invalid', message: '' },
  checkText: '',
  initialDelayMs: 0,
  timeoutMs: 1_000,
  periodMs: 10_000,
  startPeriodMs: 10_000,
  successThreshold: 1,
  failureThreshold: 3,
};

function prober(spec: Partial<ProbeSpec>, result: () => CheckOutcome['result'], state?: ProbeState) {
  const clock = new FakeClock();
  const startMs = clock.now();
  const attempts: Attempt[] = [];
  const whole = { ...base, ...spec };
  const subject = new Prober({
    spec: whole,
    state: state ?? initialState(whole.type),
    clock,
    startedAtMs: startMs,
    jitterMs: 0,
    attempt: () => Promise.resolve({ result: result(), output: '' }),
    onAttempt: (_prober, attempt) => attempts.push(attempt),
  });
  return { clock, subject, attempts, at: () => attempts.map((attempt) => (attempt.atMs - startMs) / 1000) };
}

test('probes once a period, from the initial delay on', async () => {
  const { clock, subject, at } = prober({ initialDelayMs: 5_000 }, () => 'success');
  subject.run();
  await clock.advance(30_000);
  expect(at()).toEqual([5, 15, 25]);
});

test('holds at the threshold until there is another container', async () => {
  const { clock, subject, attempts } = prober({ periodMs: 1_000 }, () => 'failure');
  subject.run();
  await clock.advance(60_000);
  expect(attempts.map(({ action }) => action)).toEqual(['none', 'none', 'restart']);
  expect(subject.phase).toBe('held');
  expect(clock.pendingCount).toBe(0);
});

test('what could not be run is tried again at once, three times in all', async () => {
  let calls = 0;
  const { clock, subject, attempts } = prober({}, () => {
    calls++;
    return 'errored';
  });
  subject.run();
  await clock.advance(1_000);
  expect(calls).toBe(3);
  expect(attempts).toMatchObject([{ outcome: 'unknown', run: 1, action: 'none' }]);
});

test('is fast until the first success when asked to be', async () => {
  let ready = false;
  const { clock, subject, at } = prober({ type: 'readiness', startPeriodMs: 100, periodMs: 5_000 }, () =>
    ready ? 'success' : 'failure',
  );
  subject.run();
  await clock.advance(250);
  ready = true;
  await clock.advance(5_200);
  expect(at()).toEqual([0, 0.1, 0.2, 0.3, 5.3]);
});

test('runs at once when told that the container has started', async () => {
  const { clock, subject, at } = prober({ type: 'readiness' }, () => 'success');
  await clock.advance(7_000);
  subject.runNow();
  await clock.advance(0);
  expect(at()).toEqual([7]);
});

test('goes on with the state of before when the agent has started anew', async () => {
  const kept: ProbeState = { published: 'success', last: 'failure', run: 2, unknownRun: 0 };
  const { clock, subject, attempts } = prober({}, () => 'failure', kept);
  subject.run();
  await clock.advance(0);
  expect(attempts).toMatchObject([{ run: 3, action: 'restart' }]);
});

test('says nothing more once it is stopped', async () => {
  const { clock, subject, attempts } = prober({}, () => 'success');
  subject.run();
  subject.stop();
  await clock.advance(60_000);
  expect(attempts).toEqual([]);
});
