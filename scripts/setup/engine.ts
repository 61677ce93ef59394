import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import { unmountBelow } from '../../lib/mounts.ts';
import { removeDockerRules } from './docker-rules.ts';

/** Where Docker listens unless told otherwise. */
const DEFAULT_HOST = 'unix:///var/run/docker.sock';
const START_PATIENCE_MS = 60_000;
const STOP_PATIENCE_MS = 30_000;
const POLL_MS = 100;
const PING_TIMEOUT_MS = 3000;

/** What is kept about an engine that the set-up started, in `engine.json`. Only such an engine is ever stopped by us. */
export interface OwnEngine {
  readonly dockerHost: string;
  readonly pidFile: string;
  readonly dataRoot: string;
  readonly execRoot: string;
}

/** The address of an engine that answers: DOCKER_HOST, the usual socket, or the one started here before; `undefined` when there is none. */
export async function answeringEngine(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): Promise<string | undefined> {
  const given = env['DOCKER_HOST'];
  if (given) {
    if (await answers(given)) return given;
    throw new VigilError(
      'NO_ENGINE',
      'terminal',
      `no Docker engine answers at DOCKER_HOST=${given}: start it, or unset DOCKER_HOST`,
    );
  }
  for (const host of [DEFAULT_HOST, ownEngine(home)?.dockerHost]) {
    if (host && (await answers(host))) return host;
  }
  return undefined;
}

export function ownEngine(home: string): OwnEngine | undefined {
  const file = join(home, 'engine.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as OwnEngine) : undefined;
}

/** Starts dockerd with its data below `home`, detached, and resolves with its address when it answers. */
export async function startEngine(home: string, clock: Clock): Promise<string> {
  const folder = join(home, 'engine');
  // Sockets have at most 107 characters in their paths, and containerd's lies deep below this.
  const execRoot = `/run/vigil-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
  const engine: OwnEngine = {
    dockerHost: `unix://${join(execRoot, 'docker.sock')}`,
    pidFile: join(execRoot, 'docker.pid'),
    dataRoot: join(folder, 'data'),
    execRoot,
  };
  for (const path of [folder, engine.dataRoot, execRoot]) mkdirSync(path, { recursive: true, mode: 0o700 });
  writeFileSync(join(home, 'engine.json'), `${JSON.stringify(engine, null, 2)}\n`, { mode: 0o600 });
  removeStalePid(engine.pidFile, 'dockerd');
  removeStalePid(join(execRoot, 'exec', 'containerd', 'containerd.pid'), 'containerd');
  const log = openSync(join(folder, 'dockerd.log'), 'a', 0o600);
  const args = [
    '--data-root',
    engine.dataRoot,
    '--exec-root',
    join(execRoot, 'exec'),
    '-H',
    engine.dockerHost,
    '--pidfile',
    engine.pidFile,
    '--log-level',
    'warn',
  ];
  const child = spawn('dockerd', args, { detached: true, stdio: ['ignore', log, log] });
  let ended = false;
  child.once('error', () => (ended = true));
  child.once('exit', () => (ended = true));
  child.unref();
  const giveUpAt = clock.monotonicMs() + START_PATIENCE_MS;
  while (!(await answers(engine.dockerHost))) {
    if (ended || clock.monotonicMs() > giveUpAt) {
      throw new VigilError(
        'NO_ENGINE',
        'terminal',
        `dockerd did not start: ${join(folder, 'dockerd.log')} says why; start Docker by hand and run this again`,
      );
    }
    await clock.sleep(POLL_MS);
  }
  return engine.dockerHost;
}

/** Stops the engine that `startEngine` started and removes what it left; resolves with whether there was one. */
export async function stopOwnEngine(home: string, clock: Clock): Promise<boolean> {
  const engine = ownEngine(home);
  if (!engine) return false;
  const pid = existsSync(engine.pidFile) ? Number(readFileSync(engine.pidFile, 'utf8')) : 0;
  if (pid > 1 && isProgram(pid, 'dockerd')) {
    process.kill(pid, 'SIGTERM');
    const giveUpAt = clock.monotonicMs() + STOP_PATIENCE_MS;
    while (isProgram(pid, 'dockerd')) {
      if (clock.monotonicMs() > giveUpAt) process.kill(pid, 'SIGKILL');
      await clock.sleep(POLL_MS);
    }
  }
  removeDockerRules();
  for (const path of [join(home, 'engine'), engine.execRoot]) await unmountBelow(path);
  for (const path of [join(home, 'engine'), engine.execRoot, join(home, 'engine.json')])
    rmSync(path, { recursive: true, force: true });
  return true;
}

/** After a kill, a pid file may name a process that is gone, a zombie, or by now somebody else: the daemons would take it for one of theirs and refuse to start. */
function removeStalePid(file: string, program: string): void {
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  if (!(pid > 1 && isProgram(pid, program))) rmSync(file, { force: true });
}

function isProgram(pid: number, name: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.endsWith(name) === true;
  } catch {
    return false;
  }
}

function answers(dockerHost: string): Promise<boolean> {
  const where = dockerHost.startsWith('unix://')
    ? { socketPath: dockerHost.slice('unix://'.length) }
    : {
        host: new URL(dockerHost.replace(/^tcp:/, 'http:')).hostname,
        port: new URL(dockerHost.replace(/^tcp:/, 'http:')).port || 2375,
      };
  return new Promise((resolve) => {
    const outgoing = request({ ...where, path: '/_ping', timeout: PING_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    outgoing.once('timeout', () => outgoing.destroy());
    outgoing.once('error', () => resolve(false));
    outgoing.end();
  });
}
