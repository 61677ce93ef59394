import { describe, expect, test } from 'vitest';
import type { ProbeType } from '../../lib/signals/records.ts';
import { decide, initialState } from './decide.ts';

/** `.` success, `x` failure, `?` could not be run; each attempt as `outcome run/threshold action`. */
function play(type: ProbeType, results: string, thresholds = { successThreshold: 1, failureThreshold: 3 }): string[] {
  let state = initialState(type);
  return results.split('').map((sign) => {
    const result = sign === '.' ? 'success' : sign === 'x' ? 'failure' : 'errored';
    const decision = decide(state, { type, ...thresholds }, result);
    state = decision.state;
    return `${decision.outcome} ${decision.run}/${decision.threshold} ${decision.action} ${state.published}`;
  });
}

describe('what an attempt means', () => {
  test('before the first result: not ready, alive, not known to have started', () => {
    expect(initialState('readiness').published).toBe('failure');
    expect(initialState('liveness').published).toBe('success');
    expect(initialState('startup').published).toBe('unknown');
  });

  test('liveness ends the container at the threshold and not before', () => {
    expect(play('liveness', 'xxx')).toEqual([
      'failure 1/3 none success',
      'failure 2/3 none success',
      'failure 3/3 restart failure',
    ]);
  });

  test('a success in between begins the count anew', () => {
    expect(play('liveness', 'xx.xx').at(-1)).toBe('failure 2/3 none success');
  });

  test('readiness never restarts: it leaves and comes back', () => {
    expect(play('readiness', '.xxx.')).toEqual([
      'success 1/1 became-ready success',
      'failure 1/3 none success',
      'failure 2/3 none success',
      'failure 3/3 became-not-ready failure',
      'success 1/1 became-ready success',
    ]);
  });

  test('readiness with a success threshold waits for so many in a row', () => {
    expect(play('readiness', '..x..', { successThreshold: 2, failureThreshold: 1 })).toEqual([
      'success 1/2 none failure',
      'success 2/2 became-ready success',
      'failure 1/1 became-not-ready failure',
      'success 1/2 none failure',
      'success 2/2 became-ready success',
    ]);
  });

  test('startup says when the container has started, or ends it', () => {
    expect(play('startup', 'x.')).toEqual(['failure 1/3 none unknown', 'success 1/1 started success']);
    expect(play('startup', 'xxx').at(-1)).toBe('failure 3/3 restart failure');
  });

  test('an attempt that could not be made changes nothing and is counted by itself', () => {
    expect(play('liveness', 'xx??x')).toEqual([
      'failure 1/3 none success',
      'failure 2/3 none success',
      'unknown 1/3 none success',
      'unknown 2/3 none success',
      'failure 3/3 restart failure',
    ]);
  });
});
