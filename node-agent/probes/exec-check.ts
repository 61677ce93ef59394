import { messageOf, VigilError } from '../../lib/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { errored, failure, MAX_OUTPUT_BYTES, success, type CheckOutcome } from './check-outcome.ts';

/** Success when the command exits 0. A command that cannot be started in a running container is a failure of the container, as upstream. */
export async function execCheck(
  runtime: Runtime,
  containerId: string,
  command: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  try {
    const { exitCode, output } = await runtime.exec(
      containerId,
      command,
      { timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES },
      signal,
    );
    return exitCode === 0 ? success(output) : failure(output === '' ? `command exited with ${exitCode}` : output);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof VigilError && error.code === 'EXEC_TIMEOUT') {
      return failure(`command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s`);
    }
    return errored(messageOf(error));
  }
}
