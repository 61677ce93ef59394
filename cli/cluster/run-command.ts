import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { VigilError } from '../../lib/errors.ts';

const run = promisify(execFile);

/** Runs a program with arguments (no shell); an error carries what it said. */
export async function runCommand(file: string, ...args: readonly string[]): Promise<string> {
  try {
    return (await run(file, [...args])).stdout;
  } catch (error) {
    const said =
      typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new VigilError('COMMAND_FAILED', 'terminal', `${file} ${args.join(' ')}: ${said}`, { cause: error });
  }
}

/** Whether a program ends with code 0. */
export async function succeeds(file: string, ...args: readonly string[]): Promise<boolean> {
  try {
    await run(file, [...args]);
    return true;
  } catch {
    return false;
  }
}
