import { describe, expect, test } from 'vitest';
import { countsOf, sum } from '../../../scripts/test-counts.ts';

const file = (status: string, tests: readonly string[]) => ({
  status,
  assertionResults: tests.map((one) => ({ status: one })),
});

describe('the last line of npm test', () => {
  test('counts the tests that passed and failed', () => {
    const report = {
      numPassedTests: 7,
      numFailedTests: 2,
      testResults: [file('failed', ['failed', 'failed', 'passed'])],
    };
    expect(countsOf(report, 1)).toEqual({ passed: 7, failed: 2 });
  });

  test('a file that does not load is a failure, though it has no tests', () => {
    const report = {
      numPassedTests: 7,
      numFailedTests: 0,
      testResults: [file('failed', []), file('passed', ['passed'])],
    };
    expect(countsOf(report, 1)).toEqual({ passed: 7, failed: 1 });
  });

  test('a run that ends badly is a failure even when every test passed', () => {
    expect(countsOf({ numPassedTests: 7, numFailedTests: 0, testResults: [] }, 1)).toEqual({ passed: 7, failed: 1 });
    expect(countsOf(undefined, 1)).toEqual({ passed: 0, failed: 1 });
  });

  test('rounds are added up', () => {
    expect(
      sum([
        { passed: 1, failed: 0 },
        { passed: 2, failed: 3 },
      ]),
    ).toEqual({ passed: 3, failed: 3 });
  });
});
