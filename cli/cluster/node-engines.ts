import type { ClusterRecord, NodeRecord } from './cluster-record.ts';

/** An engine and the nodes that run on it. */
export interface NodeEngine {
  readonly dockerHost: string;
  readonly nodes: readonly string[];
}

/** The socket of an isolated node's own engine. Short, because a socket's path has at most 107 characters. */
export function isolatedSocket(record: Pick<ClusterRecord, 'bridge'>, node: NodeRecord): string {
  return `/run/${record.bridge}/${node.index}.sock`;
}

export function dockerHostOfNode(record: ClusterRecord, node: NodeRecord): string {
  return record.isolated ? `unix://${isolatedSocket(record, node)}` : record.dockerHost;
}

/** Each engine of a cluster once. */
export function enginesOf(record: ClusterRecord): readonly NodeEngine[] {
  if (!record.isolated) return [{ dockerHost: record.dockerHost, nodes: record.nodes.map((node) => node.name) }];
  return record.nodes.map((node) => ({ dockerHost: dockerHostOfNode(record, node), nodes: [node.name] }));
}
