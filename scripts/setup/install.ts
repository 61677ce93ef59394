import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { VigilError } from '../../lib/errors.ts';
import { say } from './say.ts';
import type { Need } from './steps.ts';

/** Installs Debian packages, a line said for each need; what apt says goes to a file. `sources` are read once. */
export async function install(needs: readonly Need[], logDir: string, env: NodeJS.ProcessEnv): Promise<void> {
  mkdirSync(logDir, { recursive: true, mode: 0o700 });
  const logFile = join(logDir, 'setup.log');
  const log = openSync(logFile, 'a', 0o600);
  const apt = (...args: string[]) =>
    run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], { ...env, DEBIAN_FRONTEND: 'noninteractive' }, log);
  await say('package lists', 'apt-get update', async () => {
    await apt('update', '-q').catch(failure('apt-get update', logFile));
  });
  for (const need of needs) {
    await say(need.what, `apt-get install ${need.packages.join(' ')}`, async () => {
      const how = ['install', '-y', '-q', '--no-install-recommends', ...need.packages];
      await apt(...how).catch(failure(`apt-get install ${need.packages.join(' ')}`, logFile));
    });
  }
}

function failure(what: string, logFile: string): (error: unknown) => never {
  return (error) => {
    throw new VigilError(
      'INSTALL_FAILED',
      'terminal',
      `${what} failed: ${logFile} says why; install it by hand and run this again`,
      { cause: error },
    );
  };
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv, log: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', log, log] });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with code ${code}`))));
  });
}
