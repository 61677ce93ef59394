import type { Status } from '../../lib/kube/types.ts';
import { messageOf } from '../../lib/errors.ts';

/** What is written on the error stream when a command has ended, as clients of `v4.channel.k8s.io` and later read it. */
export function statusOfExitCode(exitCode: number): Status {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** The status of a command that could not be run or followed to its end. */
export function statusOfError(error: unknown): Status {
  return {
    metadata: {},
    status: 'Failure',
    reason: 'InternalError',
    message: `Internal error occurred: ${messageOf(error)}`,
    details: { causes: [{ message: messageOf(error) }] },
    code: 500,
  };
}
