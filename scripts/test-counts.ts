export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Counts from vitest's JSON report. A file that could not be loaded has no tests and counts as one failure; so does a run that ended badly
 * without any failed test (an unhandled error), or that left no report.
 */
export function countsOf(report: unknown, exitCode: number): TestCounts {
  const passed = numberAt(report, 'numPassedTests');
  const failedTests = numberAt(report, 'numFailedTests');
  const failed = failedTests + filesWithoutTests(report);
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}

export function sum(counts: readonly TestCounts[]): TestCounts {
  return counts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), {
    passed: 0,
    failed: 0,
  });
}

function filesWithoutTests(report: unknown): number {
  if (typeof report !== 'object' || report === null || !('testResults' in report)) return 0;
  const files = Array.isArray(report.testResults) ? (report.testResults as readonly unknown[]) : [];
  return files.filter(
    (file) =>
      typeof file === 'object' &&
      file !== null &&
      'status' in file &&
      file.status === 'failed' &&
      'assertionResults' in file &&
      Array.isArray(file.assertionResults) &&
      !file.assertionResults.some((one: { readonly status?: string }) => one.status === 'failed'),
  ).length;
}

function numberAt(report: unknown, name: string): number {
  if (typeof report !== 'object' || report === null) return 0;
  const value = (report as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'number' ? value : 0;
}
