import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

/** Folder in an engine's data folder for what is held there by hard links: links cannot leave a mount. */
const BESIDE = 'vigil-holds';

/** Where a shipper holds Docker's log files when its own folder is on another mount: one folder a shipper, known by where its state is. */
export function heldBeside(dockerRoot: string, stateDir: string): string {
  return join(dockerRoot, BESIDE, createHash('sha256').update(stateDir).digest('hex').slice(0, 16));
}

/** The engine's data folder that a log of Docker's is in (`<root>/containers/<id>/<id>-json.log`); `undefined` for any other path. */
export function dockerRootOf(logPath: string): string | undefined {
  const folder = dirname(logPath);
  const containers = dirname(folder);
  const isDockers = basename(containers) === 'containers' && basename(logPath) === `${basename(folder)}-json.log`;
  return isDockers ? dirname(containers) : undefined;
}
