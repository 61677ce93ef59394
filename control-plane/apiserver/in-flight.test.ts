import { describe, expect, test } from 'vitest';
import { InFlight } from './in-flight.ts';

describe('requests in flight', () => {
  test('are refused beyond the bound, with the time after which to come back', () => {
    const inFlight = new InFlight();
    const leave = Array.from({ length: 200 }, () => inFlight.enter(true));
    expect(() => inFlight.enter(true)).toThrow(
      expect.objectContaining({
        httpStatus: 429,
        status: expect.objectContaining({ reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } }),
      }),
    );
    leave[0]?.();
    inFlight.enter(true);
  });

  test('leave once, however often it is said', () => {
    const inFlight = new InFlight();
    const leave = inFlight.enter(false);
    inFlight.enter(false);
    leave();
    leave();
    expect(inFlight.reading).toBe(1);
  });

  test('reads and writes do not take each other’s place', () => {
    const inFlight = new InFlight();
    for (let count = 0; count < 400; count++) inFlight.enter(false);
    inFlight.enter(true);
    expect([inFlight.reading, inFlight.writing]).toEqual([400, 1]);
    expect(() => inFlight.enter(false)).toThrow('too many requests');
  });
});
