import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LogShipperConfig } from '../../../lib/config/log-shipper.ts';

/** Folders of a shipper that a test runs: `sources`, `records` and `state` below `root`, made when they are missing. */
export function shipperFolders(root: string): Omit<LogShipperConfig, 'outputs'> {
  const dir = (part: string) => join(root, part);
  for (const part of ['sources', 'records', 'state']) mkdirSync(dir(part), { recursive: true });
  return { clusterName: 'demo', sourcesDirs: [dir('sources')], recordsDirs: [dir('records')], stateDir: dir('state') };
}
