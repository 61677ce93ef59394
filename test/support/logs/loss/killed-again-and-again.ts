import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 20;

/** Keeps a program running, killing it with SIGKILL every `everyMs` until `calm`, after which `end` ends it politely. */
export class KilledAgainAndAgain {
  readonly #start: () => ChildProcess;
  readonly #everyMs: number;
  #child: ChildProcess | undefined;
  #calm = false;
  #loop: Promise<void> | undefined;
  kills = 0;

  constructor(start: () => ChildProcess, everyMs: number) {
    this.#start = start;
    this.#everyMs = everyMs;
  }

  begin(): void {
    this.#loop = this.#run();
  }

  /** No more kills; the program stays up. */
  async calm(): Promise<void> {
    this.#calm = true;
    await this.#loop;
  }

  async end(): Promise<void> {
    await this.calm();
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
  }

  async #run(): Promise<void> {
    for (;;) {
      const child = this.#start();
      this.#child = child;
      const waitUntil = performance.now() + this.#everyMs;
      while (!this.#calm && performance.now() < waitUntil) await sleep(LOOK_MS);
      if (this.#calm) return;
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
      this.kills++;
    }
  }
}
