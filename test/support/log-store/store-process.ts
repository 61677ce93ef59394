import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';

/** As the cluster starts it (`cli/cluster/system-objects.ts`): these decide how much memory it takes. */
const nodeFlags = ['--max-semi-space-size=1', '--v8-pool-size=1', '--max-old-space-size=512'];
const environment = { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' };

/** Long, as busy machines are. */
const START_TIMEOUT_MS = 120_000;

export interface StoreProcessOptions {
  readonly dir: string;
  readonly port: number;
  readonly flags?: readonly string[];
  /** Compiled modules are kept there, so that it starts sooner the next time. */
  readonly compileCache?: string;
}

/** An embedded log store in a process of its own, which can be killed. */
export class StoreProcess {
  readonly url: string;
  readonly child: ChildProcess;
  readonly #exited: Promise<void>;
  #said = '';

  private constructor(options: StoreProcessOptions) {
    const main = join(import.meta.dirname, '../../../log-store/main.ts');
    const { dir, port } = options;
    const flags = ['--data-dir', dir, '--port', String(port), '--log-level', 'warn', ...(options.flags ?? [])];
    this.url = `http://127.0.0.1:${port}`;
    this.child = spawn(process.execPath, [...nodeFlags, main, ...flags], {
      env: {
        ...process.env,
        ...environment,
        ...(options.compileCache === undefined ? {} : { NODE_COMPILE_CACHE: options.compileCache }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exited = new Promise((resolve) => this.child.once('exit', () => resolve()));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#said = (this.#said + text).slice(-8_000)));
    }
  }

  /** Resolves when the store answers. */
  static async start(options: StoreProcessOptions): Promise<StoreProcess> {
    const store = new StoreProcess(options);
    try {
      await eventually(
        'the log store answers',
        async () => {
          if (store.child.exitCode !== null) throw new Error(`the log store ended:\n${store.said}`);
          return (await fetch(`${store.url}/_health`)).ok;
        },
        START_TIMEOUT_MS,
      );
    } catch (error) {
      await store.kill('SIGKILL');
      throw error;
    }
    return store;
  }

  /** The end of what it logged. */
  get said(): string {
    return this.#said;
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await this.#exited;
  }
}
