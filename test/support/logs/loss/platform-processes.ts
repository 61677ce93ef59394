import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogShipperConfig, OutputConfig } from '../../../../lib/config/log-shipper.ts';
import { shipperFolders } from '../shipper-folders.ts';

/** Starts a shipper process over the folders below `root`. */
export function startShipper(root: string, output: OutputConfig): ChildProcess {
  const config: LogShipperConfig = { ...shipperFolders(root), outputs: [output], logLevel: 'error' };
  const file = join(root, 'shipper.json');
  writeFileSync(file, JSON.stringify(config));
  return startNode('log-shipper/main.ts', ['--config', file]);
}

/** Starts an embedded store as a process, without TLS and credentials, on loopback. */
export function startStore(dir: string, port: number): ChildProcess {
  return startNode('log-store/main.ts', ['--data-dir', dir, '--port', String(port), '--log-level', 'error']);
}

function startNode(program: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, '../../../..', program), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
