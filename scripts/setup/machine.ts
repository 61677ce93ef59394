import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './steps.ts';

/** Debian's administrators' programs are not on everybody's PATH. */
const EXTRA_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The machine that this process runs on. */
export function thisMachine(env: Readonly<Record<string, string | undefined>>): Machine {
  const path = [...(env['PATH'] ?? '').split(':').filter(Boolean), ...EXTRA_PATH];
  return {
    hasCommand: (name) => path.some((folder) => isExecutable(join(folder, name))),
    fileExists: (file) => existsSync(file),
    isRoot: process.getuid?.() === 0,
    hasApt: existsSync('/usr/bin/apt-get'),
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
