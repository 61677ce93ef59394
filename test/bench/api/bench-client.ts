import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { ClientResult, ClientTask, ServerAddress } from './client-protocol.ts';

/** The client process, seen from who measures. */
export class BenchClient {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  constructor(address: ServerAddress) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'client.ts'), JSON.stringify(address)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout });
  }

  /** One at a time. */
  async perform(task: ClientTask): Promise<ClientResult> {
    const ended = once(this.#child, 'exit').then(([code]) =>
      Promise.reject(new Error(`the client ended with ${code}`)),
    );
    ended.catch(() => {});
    const answered = once(this.#lines, 'line') as Promise<[string]>;
    this.#child.stdin?.write(`${JSON.stringify(task)}\n`);
    const [line] = await Promise.race([answered, ended]);
    return JSON.parse(line) as ClientResult;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
