import type { Node } from '../../lib/kube/types.ts';
import { agentPort } from '../../lib/names.ts';

/** Where a node's agent listens. */
export interface AgentAddress {
  readonly node: string;
  readonly host: string;
  readonly port: number;
}

/** From the node's status; `undefined` while it has no internal address. */
export function agentAddressOf(node: Node): AgentAddress | undefined {
  const host = node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address;
  const name = node.metadata?.name;
  if (host === undefined || name === undefined) return undefined;
  return { node: name, host, port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? agentPort };
}

export function isNodeReady(node: Node): boolean {
  return (
    node.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false
  );
}
