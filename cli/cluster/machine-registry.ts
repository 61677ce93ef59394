import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterHome } from './cluster-home.ts';
import type { ClusterRecord } from './cluster-record.ts';

/** What a cluster of some VIGIL_HOME has taken of the machine. */
export interface Taken {
  /** Its record: when the file is gone, so is the cluster. */
  readonly record: string;
  readonly ports: readonly number[];
  readonly subnets: readonly string[];
}

const file = join(tmpdir(), 'vigil-machine.json');

/** What all clusters of this machine have taken, whatever their VIGIL_HOME. Call it, and `register`, under the machine's lock. */
export function takenOnMachine(): readonly Taken[] {
  let entries: unknown;
  try {
    entries = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
  return Array.isArray(entries) ? entries.filter(isTaken).filter((taken) => existsSync(taken.record)) : [];
}

/** Notes what a cluster takes, and forgets clusters that are gone. */
export function register(home: ClusterHome, record: ClusterRecord): void {
  const own: Taken = {
    record: home.record,
    ports: [record.port, ...metricsPortsOf(record)],
    subnets: [record.podSubnet, record.serviceSubnet],
  };
  const others = takenOnMachine().filter((taken) => taken.record !== home.record);
  writeFileSync(`${file}.new`, JSON.stringify([...others, own]), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** One shipper, or in isolated mode one for each node. */
function metricsPortsOf(record: ClusterRecord): readonly number[] {
  const count = record.isolated ? record.nodes.length : 1;
  return Array.from({ length: count }, (_, index) => record.shipperMetricsPort + index);
}

function isTaken(value: unknown): value is Taken {
  return (
    typeof value === 'object' &&
    value !== null &&
    'record' in value &&
    typeof value.record === 'string' &&
    'ports' in value &&
    Array.isArray(value.ports) &&
    'subnets' in value &&
    Array.isArray(value.subnets)
  );
}
