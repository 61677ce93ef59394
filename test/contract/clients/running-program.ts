import { spawn } from 'node:child_process';

/** What a program said last that is kept. */
const MAX_OUTPUT = 200_000;
const STOP_TIMEOUT_MS = 10_000;

/** A server of others in a process of its own. */
export interface RunningProgram {
  /** What it has said so far, on both streams. */
  output(): string;
  /** Ends it, by force when it does not end by itself. Resolves when it is gone. */
  stop(): Promise<void>;
}

export function startProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningProgram {
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const hear = (text: string) => {
    output = (output + text).slice(-MAX_OUTPUT);
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      hear(error.message);
      resolve();
    });
  });
  return {
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}
