import { spawn } from 'node:child_process';
import { VigilError } from '../../lib/errors.ts';

/** Runs programs of the machine. Arguments are passed as they are: there is no shell. */
export interface Commands {
  /** Resolves with standard output; rejects with `COMMAND_FAILED` carrying what it said on standard error. */
  run(
    command: string,
    args: readonly string[],
    options?: { readonly input?: string; readonly signal?: AbortSignal },
  ): Promise<string>;
}

/** Of output kept; the longest is a listing of one table. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const MAX_ERROR_CHARS = 2_000;

export class SystemCommands implements Commands {
  run(
    command: string,
    args: readonly string[],
    options: { readonly input?: string; readonly signal?: AbortSignal } = {},
  ): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, [...args], {
        stdio: ['pipe', 'pipe', 'pipe'],
        ...(options.signal ? { signal: options.signal } : {}),
      });
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      let complaint = '';
      child.stdout.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes <= MAX_OUTPUT_BYTES) chunks.push(chunk);
      });
      child.stderr.on('data', (chunk: Buffer) => {
        complaint = (complaint + chunk.toString('utf8')).slice(0, MAX_ERROR_CHARS);
      });
      // The program may end without reading its input; what it says about that is on standard error.
      child.stdin.on('error', () => {});
      child.on('error', (error) => reject(failed(command, error.message, error)));
      child.on('close', (code) => {
        if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(failed(command, complaint.trim() || `ended with ${code}`));
      });
      child.stdin.end(options.input ?? '');
    });
  }
}

function failed(command: string, message: string, cause?: unknown): VigilError {
  return new VigilError('COMMAND_FAILED', 'transient', `${command}: ${message}`, { cause });
}
