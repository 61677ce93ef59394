import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogShipperConfig } from '../../../../lib/config/log-shipper.ts';
import type { TestCluster } from '../../cluster.ts';
import { eventually } from '../../eventually.ts';
import { killProcess } from './loss-cluster.ts';

/** What the shipper says about itself, as far as it matters here. */
export interface ShipperStatus {
  readonly lostLines: number;
  readonly updatedAt: string;
}

const STATUS_TIMEOUT_MS = 30_000;

/** The configuration of a cluster's one shipper. */
export function shipperConfigOf(cluster: TestCluster): LogShipperConfig {
  return JSON.parse(readFileSync(configFile(cluster), 'utf8')) as LogShipperConfig;
}

/** Runs `work` with a shipper that was started anew with another configuration, and gives it its own back. */
export async function withShipperConfig<T>(
  cluster: TestCluster,
  change: Partial<LogShipperConfig>,
  work: () => Promise<T>,
): Promise<T> {
  const before = shipperConfigOf(cluster);
  await restartShipper(cluster, { ...before, ...change });
  try {
    return await work();
  } finally {
    await restartShipper(cluster, before);
  }
}

/** The first status that was written after `sinceMs` (wall clock). */
export async function shipperStatusAfter(cluster: TestCluster, sinceMs: number): Promise<ShipperStatus> {
  const file = join(shipperConfigOf(cluster).stateDir, 'status.json');
  return eventually(
    'the shipper says how it is doing',
    () => {
      const status = JSON.parse(readFileSync(file, 'utf8')) as ShipperStatus;
      return Date.parse(status.updatedAt) > sinceMs && status;
    },
    STATUS_TIMEOUT_MS,
  );
}

async function restartShipper(cluster: TestCluster, config: LogShipperConfig): Promise<void> {
  writeFileSync(configFile(cluster), JSON.stringify(config), { mode: 0o600 });
  const pid = () => readFileSync(join(cluster.home.run, 'shipper.pid'), 'utf8').trim();
  const before = pid();
  killProcess(cluster, 'shipper');
  await eventually('the shipper runs again', () => pid() !== before);
}

function configFile({ home }: TestCluster): string {
  return join(home.shipper, 'config.json');
}
