import { createHash } from 'node:crypto';
import { VigilError } from '../../lib/errors.ts';
import type { ClusterRecord, NodeRecord } from './cluster-record.ts';

/** What the user asked `kctl up` for; `undefined` = not said. */
export interface Wanted {
  readonly name: string;
  readonly nodes?: number | undefined;
  readonly isolated?: boolean | undefined;
  readonly demo?: boolean | undefined;
  readonly port?: number | undefined;
  readonly profile?: 'vigil' | 'kubernetes' | undefined;
  readonly logStore?: ClusterRecord['logStore'] | undefined;
  readonly logOutputs?: ClusterRecord['logOutputs'] | undefined;
  readonly authenticationConfig?: string | undefined;
}

/** What was found free on the machine. */
export interface Allocation {
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly port: number;
  readonly shipperMetricsPort: number;
  readonly dockerHost: string;
  readonly createdAt: string;
}

const DEFAULT_NODES = 3;

export function newRecord(wanted: Wanted, allocation: Allocation, vigilHome: string): ClusterRecord {
  const digits = createHash('sha256').update(`${vigilHome}\0${wanted.name}`).digest('hex').slice(0, 6);
  return {
    version: 1,
    name: wanted.name,
    createdAt: allocation.createdAt,
    dockerHost: allocation.dockerHost,
    isolated: wanted.isolated ?? false,
    profile: wanted.profile ?? 'vigil',
    port: allocation.port,
    shipperMetricsPort: allocation.shipperMetricsPort,
    podSubnet: allocation.podSubnet,
    serviceSubnet: allocation.serviceSubnet,
    network: `vigil-${wanted.name}`,
    bridge: `vg-${digits}`,
    logStore: wanted.logStore ?? 'embedded',
    ...(wanted.logOutputs === undefined ? {} : { logOutputs: wanted.logOutputs }),
    ...(wanted.authenticationConfig === undefined ? {} : { authenticationConfig: wanted.authenticationConfig }),
    demo: wanted.demo ?? false,
    nodes: nodeRecords(wanted.nodes ?? DEFAULT_NODES),
  };
}

/**
 * The record of a cluster that exists, with what may still change: nodes can be added, the demo can be added. Anything else that differs from what is there is an
 * error rather than something silently ignored.
 */
export function changedRecord(existing: ClusterRecord, wanted: Wanted): ClusterRecord {
  const fixed = {
    isolated: existing.isolated,
    port: existing.port,
    profile: existing.profile,
    logStore: existing.logStore,
    logOutputs: existing.logOutputs ?? [],
    authenticationConfig: existing.authenticationConfig ?? '',
  };
  for (const [option, value] of Object.entries(fixed)) {
    const asked = wanted[option as keyof typeof fixed];
    if (asked !== undefined && JSON.stringify(asked) !== JSON.stringify(value)) {
      throw new VigilError(
        'FIXED',
        'conflict',
        `cluster "${existing.name}" was made with ${option} ${JSON.stringify(value)}: remove it first (kctl down --name ${existing.name})`,
      );
    }
  }
  const nodes = wanted.nodes ?? existing.nodes.length;
  if (nodes < existing.nodes.length || (existing.nodes.length === 0 && nodes > 0)) {
    throw new VigilError(
      'FIXED',
      'conflict',
      `cluster "${existing.name}" has ${existing.nodes.length} nodes; nodes can be added to a cluster that has some, not taken away`,
    );
  }
  return { ...existing, demo: wanted.demo ?? existing.demo, nodes: nodeRecords(nodes) };
}

function nodeRecords(count: number): readonly NodeRecord[] {
  return Array.from({ length: count }, (_, position) => ({ name: `node-${position + 1}`, index: position + 1 }));
}
