import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { ClusterHome } from './cluster-home.ts';
import { commandLineOf, processExists } from './process-exists.ts';

/** A host process that is kept up. */
export interface ProcessPlan {
  /** `control-plane`, `agent-node-1`, `shipper`: names its pid file and its log. */
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How long a process may take to end when asked to; its components get 10 s. */
const STOP_GRACE_MS = 12_000;
const POLL_MS = 20;

/** Starts and ends the supervised processes of one cluster. */
export class Processes {
  readonly #home: ClusterHome;
  readonly #scripts: string;
  readonly #clock: Clock;

  /** `root` is the repository. */
  constructor(home: ClusterHome, root: string, clock: Clock) {
    this.#home = home;
    this.#scripts = join(root, 'scripts');
    this.#clock = clock;
  }

  /** Whether the supervisor of `name` runs. */
  isSupervised(name: string): boolean {
    return this.#running(`${name}.supervisor`, 'supervise.sh') !== undefined;
  }

  /** The process itself, without its supervisor. */
  pid(name: string): number | undefined {
    return this.#running(name, this.#home.root);
  }

  supervisorPid(name: string): number | undefined {
    return this.#running(`${name}.supervisor`, 'supervise.sh');
  }

  /** How often the process was started again since its supervisor runs. */
  restarts(name: string): number {
    const path = join(this.#home.run, `${name}.restarts`);
    return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  }

  /** Starts what is not running; resolves with whether anything was started. */
  start(plan: ProcessPlan): boolean {
    rmSync(join(this.#home.run, `${plan.name}.stop`), { force: true });
    if (this.isSupervised(plan.name)) return false;
    mkdirSync(this.#home.run, { recursive: true, mode: 0o700 });
    mkdirSync(this.#home.logs, { recursive: true, mode: 0o700 });
    const log = join(this.#home.logs, `${plan.name}.log`);
    spawnDetached(
      [join(this.#scripts, 'supervise.sh'), plan.name, this.#home.run, log, ...plan.command],
      plan.env,
      this.#home.root,
    );
    return true;
  }

  /** Keeps the logs of a cluster bounded. */
  startLogBound(env: Readonly<Record<string, string>>): void {
    if (this.#running('bound-logs', 'bound-logs.sh') !== undefined) return;
    const pid = spawnDetached([join(this.#scripts, 'bound-logs.sh'), this.#home.logs], env, this.#home.root);
    writeFileSync(join(this.#home.run, 'bound-logs.pid'), String(pid));
  }

  /** Asks the process to end and waits for it; by force after the grace, or at once when `kill` is set. It is not started again. */
  async stop(name: string, options: { readonly kill: boolean } = { kill: false }): Promise<boolean> {
    const supervisor = this.supervisorPid(name);
    const child = this.pid(name);
    if (supervisor === undefined && child === undefined) return false;
    writeFileSync(join(this.#home.run, `${name}.stop`), '');
    if (child !== undefined) signalProcess(child, options.kill ? 'SIGKILL' : 'SIGTERM');
    const killAt = this.#clock.monotonicMs() + STOP_GRACE_MS;
    for (const pid of [child, supervisor].filter((one) => one !== undefined)) {
      // The supervisor may be in its pause between two runs: waking it makes it see the stop file.
      if (pid === supervisor) signalProcess(pid, 'SIGTERM');
      while (processExists(pid)) {
        if (this.#clock.monotonicMs() > killAt) signalProcess(pid, 'SIGKILL');
        await this.#clock.sleep(POLL_MS);
      }
    }
    for (const file of [`${name}.pid`, `${name}.supervisor.pid`]) rmSync(join(this.#home.run, file), { force: true });
    return true;
  }

  stopLogBound(): void {
    const pid = this.#running('bound-logs', 'bound-logs.sh');
    if (pid !== undefined) signalGroup(pid);
    rmSync(join(this.#home.run, 'bound-logs.pid'), { force: true });
  }

  /** The pid in a pid file, if that process runs and is what it should be: ids are used again after a while. */
  #running(file: string, mark: string): number | undefined {
    const path = join(this.#home.run, `${file}.pid`);
    if (!existsSync(path)) return undefined;
    const pid = Number(readFileSync(path, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 1 || !processExists(pid)) return undefined;
    return commandLineOf(pid).some((argument) => argument.includes(mark)) ? pid : undefined;
  }
}

function spawnDetached(command: readonly string[], env: Readonly<Record<string, string>>, cwd: string): number {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { detached: true, stdio: 'ignore', env, cwd });
  child.unref();
  return child.pid ?? 0;
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself in the meantime.
  }
}

/** A detached child leads a group of its own: its `sleep` goes with it. */
function signalGroup(pid: number): void {
  signalProcess(-pid, 'SIGKILL');
}
