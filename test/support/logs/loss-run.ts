import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerId, dockerEntry, DockerLogFiles, logSource, writeSource } from './docker-log-files.ts';

/** Writers and what they are to write. */
export interface LossPlan {
  readonly root: string;
  readonly writers: number;
  readonly linesEach: number;
  /** Each writer rotates its file after so many lines. */
  readonly rotateEvery: number;
  /** How long all the writing takes, roughly. */
  readonly durationMs: number;
  readonly keptFiles: number;
}

/** What was found when everything was read back. */
export interface LossCount {
  readonly expected: number;
  readonly missing: number;
  /** Lines stored under more than one id. */
  readonly duplicate: number;
  readonly misordered: number;
}

const LINE = /^writer (\d+) line (\d+) end$/;

/** Ten containers' worth of numbered lines, written in bursts with rotation, as Docker would; every 97th line comes in pieces. */
export async function writeLines(plan: LossPlan): Promise<void> {
  const files = Array.from({ length: plan.writers }, (_, w) => {
    const log = new DockerLogFiles(join(plan.root, 'containers'), containerId(w), plan.keptFiles);
    writeFileSync(log.path, '');
    writeSource(join(plan.root, 'sources'), logSource(log.containerId, log.path, { pod: `writer-${w}` }));
    return log;
  });
  const burst = Math.max(1, Math.round(plan.linesEach / (plan.durationMs / 20)));
  let timeNs = BigInt(Date.now()) * 1_000_000n;
  for (let from = 0; from < plan.linesEach; from += burst) {
    for (const [w, log] of files.entries()) {
      let text = '';
      for (let n = from; n < Math.min(from + burst, plan.linesEach); n++) {
        const line = `writer ${w} line ${n} end\n`;
        timeNs += 1_001n;
        if (n % 97 === 0) text += dockerEntry(line.slice(0, 9), timeNs) + dockerEntry(line.slice(9), timeNs + 1n);
        else text += dockerEntry(line, timeNs, n % 5 === 0 ? 'stderr' : 'stdout');
        if (n > 0 && n % plan.rotateEvery === 0) {
          log.append(text);
          text = '';
          log.rotate();
        }
      }
      log.append(text);
    }
    await sleep(20);
  }
  for (const log of files) {
    writeSource(
      join(plan.root, 'sources'),
      logSource(log.containerId, log.path, { endedAt: new Date().toISOString() }),
    );
  }
}

/** Keeps a program running, killing it with SIGKILL every `everyMs` until `stop`, which ends it politely. */
export class KilledAgainAndAgain {
  readonly #start: () => ChildProcess;
  readonly #everyMs: number;
  #child: ChildProcess | undefined;
  #stopped = false;
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
    this.#stopped = true;
    await this.#loop;
  }

  async end(): Promise<void> {
    await this.calm();
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
  }

  async #run(): Promise<void> {
    for (;;) {
      const child = this.#start();
      this.#child = child;
      const waitUntil = performance.now() + this.#everyMs;
      while (!this.#stopped && performance.now() < waitUntil) await sleep(20);
      if (this.#stopped) return;
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
      this.kills++;
    }
  }
}

/** Starts a shipper process over the plan's folders. */
export function startShipper(root: string, url: string): ChildProcess {
  mkdirSync(join(root, 'records'), { recursive: true });
  const config = join(root, 'shipper.json');
  writeFileSync(
    config,
    JSON.stringify({
      clusterName: 'loss',
      sourcesDirs: [join(root, 'sources')],
      recordsDirs: [join(root, 'records')],
      stateDir: join(root, 'state'),
      outputs: [{ name: 'store', kind: 'elasticsearch', url }],
      logLevel: 'error',
    }),
  );
  return startNode('log-shipper/main.ts', ['--config', config]);
}

/** Starts a store process. */
export function startStore(dir: string, port: number): ChildProcess {
  return startNode('log-store/main.ts', ['--data-dir', dir, '--port', String(port), '--log-level', 'error']);
}

function startNode(program: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, '../../..', program), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Compares what is stored (id and message, ordered by position within a container) with what was written. */
export function countLoss(
  plan: LossPlan,
  stored: Iterable<{ readonly id: string; readonly message: string; readonly stream: string }>,
): LossCount {
  const seen = Array.from({ length: plan.writers }, () => new Map<number, number>());
  const last = new Map<string, number>();
  let misordered = 0;
  for (const { message, stream } of stored) {
    const match = LINE.exec(message);
    if (!match) {
      misordered++;
      continue;
    }
    const writer = Number(match[1]);
    const number = Number(match[2]);
    const lines = seen[writer];
    lines?.set(number, (lines.get(number) ?? 0) + 1);
    const key = `${writer} ${stream}`;
    if (number < (last.get(key) ?? -1)) misordered++;
    last.set(key, number);
  }
  let missing = 0;
  let duplicate = 0;
  for (const lines of seen) {
    missing += plan.linesEach - lines.size;
    for (const times of lines.values()) duplicate += times - 1;
  }
  return { expected: plan.writers * plan.linesEach, missing, duplicate, misordered };
}

/** Order within a container is that of its positions: longer base-36 numbers are larger. */
export function byPosition(a: string, b: string): number {
  const key = (id: string) => {
    const [container = '', rotation = '', offset = ''] = id.split('-');
    return `${container} ${rotation.padStart(16, '0')} ${offset.padStart(12, '0')}`;
  };
  return key(a) < key(b) ? -1 : 1;
}
