import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { eventually } from '../support/eventually.ts';

const START_TIMEOUT_MS = 120_000;
const SAID_CHARACTERS = 8_000;
const FIRST_PORT = 20_000;
const PORT_PAIRS = 5_000;
/** Ports that were looked at by this process: who has been given one may not listen yet. */
const given = new Set<number>();

/** A real search server in a process of its own, on loopback, with nothing in it. */
export interface SearchServer {
  readonly url: string;
  /** Ends it by its process id and removes its data. */
  stop(): Promise<void>;
}

/** Resolves when the server answers; rejects with the end of what it said when it ended instead. */
export async function answering(name: string, url: string, child: ChildProcess): Promise<void> {
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-SAID_CHARACTERS)));
  let failed: Error | undefined;
  child.once('error', (error) => (failed = error));
  const state = await eventually(
    `${name} answers`,
    async () => {
      if (failed !== undefined || hasEnded(child)) return 'ended';
      return (await fetch(`${url}/`)).ok && 'answers';
    },
    START_TIMEOUT_MS,
  );
  if (state === 'ended')
    throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}:\n${said}`, { cause: failed });
}

/** Resolves when the process is gone, or was never there. */
export function exited(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * A port that is free now together with the one above it. Beneath what the system gives to connections and to whoever listens at port 0, and beneath node ports: nobody
 * takes it until its server, which may need many seconds to start, listens.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + 2 * randomInt(PORT_PAIRS);
    if (given.has(port)) continue;
    given.add(port);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
