import type { EndpointSlice, Node, Service } from '../../lib/kube/types.ts';
import { affinityBuckets } from './affinity.ts';
import { chainName, nodeAddressesOf, routesOf, type Backend, type NodeAddresses, type ServiceRoute } from './routes.ts';

export interface RulesInput {
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  /** For NodePorts and the `Local` traffic policies. */
  readonly nodes: readonly Node[];
  readonly table: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  /** False: answers from a pod on the same bridge would bypass us, so such connections must seem to come from the node. */
  readonly bridgeNetfilter: boolean;
}

/** Marks a connection whose source must become the node's: it came in through a NodePort or an external address. */
const MASQUERADE_MARK = '0x4000';
/** Just before Docker's own chains, which take any local address. */
const PRIORITY = { before: -105, after: 95, filter: -5 } as const;

/**
 * The nftables ruleset that routes Services, as one transaction for `nft -f -` that replaces the table. It depends on API objects only, not on the node that computes it,
 * so nodes that share a machine write the same text.
 *
 * A packet to `address . protocol . port` is looked up in one verdict map; each entry leads to a chain that picks a backend. What is addressed to the service
 * subnet and has not been given a backend is refused.
 */
export function rulesFor(input: RulesInput): string {
  const routes = routesOf(input.services, input.slices);
  const nodes = nodeAddressesOf(input.nodes);
  const chains = new Map<string, readonly string[]>();
  const entries: string[] = [];
  const refused: string[] = [];
  for (const route of routes) addRoute(route, nodes, chains, entries, refused);
  const pods = [...new Set(routes.flatMap((route) => route.backends.map((backend) => backend.ip)))].sort();
  const { table } = input;
  const lines = [
    `table ip ${table}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    ...named('map', 'services', 'ipv4_addr . inet_proto . inet_service : verdict', entries),
    ...named('set', 'refused', 'ipv4_addr . inet_proto . inet_service', refused),
    ...named(
      'set',
      'hairpin',
      'ipv4_addr . ipv4_addr',
      pods.map((ip) => `${ip} . ${ip}`),
    ),
    ...[...chains].flatMap(([name, rules]) => chain(name, rules)),
    ...chain('dispatch', ['ip daddr . meta l4proto . th dport vmap @services']),
    ...chain('refuse', ['meta l4proto tcp reject with tcp reset', 'reject with icmp port-unreachable']),
    ...chain('filter-services', [
      `ip daddr ${input.serviceSubnet} goto refuse`,
      'ip daddr . meta l4proto . th dport @refused goto refuse',
    ]),
    ...base('prerouting', 'nat', 'prerouting', PRIORITY.before, ['jump dispatch']),
    ...base('output', 'nat', 'output', PRIORITY.before, ['jump dispatch']),
    ...base('postrouting', 'nat', 'postrouting', PRIORITY.after, [
      'ct status dnat ip saddr . ip daddr @hairpin masquerade',
      `meta mark & ${MASQUERADE_MARK} != 0 masquerade`,
      ...(input.bridgeNetfilter
        ? []
        : [`ct status dnat ip saddr ${input.podSubnet} ip daddr ${input.podSubnet} masquerade`]),
    ]),
    ...base('filter-forward', 'filter', 'forward', PRIORITY.filter, ['jump filter-services']),
    ...base('filter-output', 'filter', 'output', PRIORITY.filter, ['jump filter-services']),
    ...base('filter-input', 'filter', 'input', PRIORITY.filter, ['jump filter-services']),
    '}',
    '',
  ];
  return lines.join('\n');
}

/** Removes the table, whether it is there or not. */
export function removalOf(table: string): string {
  return `table ip ${table}\ndelete table ip ${table}\n`;
}

function addRoute(
  route: ServiceRoute,
  nodes: readonly NodeAddresses[],
  chains: Map<string, readonly string[]>,
  entries: string[],
  refused: string[],
): void {
  const { protocol, port, nodePort } = route;
  const all = chainName('svc', route.id);
  const local = (node: NodeAddresses) => chainName('local', `${route.id}/${node.name}`);
  const backendsOn = (node: NodeAddresses) => route.backends.filter((backend) => backend.node === node.name);
  const isUsed = route.backends.length > 0;

  if (isUsed) chains.set(all, [pick(route, route.backends)]);
  if (route.internalLocal || route.externalLocal) {
    for (const node of nodes) {
      const backends = backendsOn(node);
      if (backends.length > 0) chains.set(local(node), [pick(route, backends)]);
    }
  }

  if (route.internalLocal && isUsed) {
    const entry = chainName('internal', route.id);
    const perNode = nodes.flatMap((node) => {
      if (node.podCIDR === undefined) return [];
      // A node without an endpoint of its own gets none: the packet stays addressed to the service and is refused.
      const verdict = backendsOn(node).length > 0 ? `goto ${local(node)}` : 'return';
      return [`ip saddr ${node.podCIDR} ${verdict}`];
    });
    chains.set(entry, [...perNode, `goto ${all}`]);
    entries.push(`${route.clusterIP} . ${protocol} . ${port} : goto ${entry}`);
  } else if (isUsed) {
    entries.push(`${route.clusterIP} . ${protocol} . ${port} : goto ${all}`);
  }

  const external = chainName('ext', route.id);
  const outside = [
    ...route.externalIPs.map((ip) => ({ ip, port, node: undefined })),
    ...(nodePort === undefined ? [] : nodes.map((node) => ({ ip: node.ip, port: nodePort, node }))),
  ];
  for (const address of outside) {
    const key = `${address.ip} . ${protocol} . ${address.port}`;
    const localNode = route.externalLocal ? address.node : undefined;
    if (!isUsed || (localNode && backendsOn(localNode).length === 0)) {
      refused.push(key);
      continue;
    }
    if (localNode) {
      entries.push(`${key} : goto ${local(localNode)}`);
      continue;
    }
    chains.set(external, [`meta mark set meta mark or ${MASQUERADE_MARK}`, `goto ${all}`]);
    entries.push(`${key} : goto ${external}`);
  }
}

/** The rule that gives a connection its backend. */
function pick(route: ServiceRoute, backends: readonly Backend[]): string {
  const head = `meta l4proto ${route.protocol} dnat ip to`;
  const [only] = backends;
  if (backends.length === 1 && only) return `${head} ${only.ip}:${only.port}`;
  if (route.stickToClient) {
    const buckets = affinityBuckets(backends);
    return `${head} jhash ip saddr mod ${buckets.length} seed 0x76696769 map { ${choices(buckets)} }`;
  }
  return `${head} numgen random mod ${backends.length} map { ${choices(backends)} }`;
}

function choices(backends: readonly Backend[]): string {
  return backends.map((backend, index) => `${index} : ${backend.ip} . ${backend.port}`).join(', ');
}

function named(kind: 'map' | 'set', name: string, type: string, elements: readonly string[]): string[] {
  const unique = [...new Map(elements.map((element) => [element.split(' : ')[0], element])).values()];
  return [
    `  ${kind} ${name} {`,
    `    type ${type}`,
    ...(unique.length > 0 ? [`    elements = {\n      ${unique.join(',\n      ')}\n    }`] : []),
    '  }',
  ];
}

function chain(name: string, rules: readonly string[]): string[] {
  return [`  chain ${name} {`, ...rules.map((rule) => `    ${rule}`), '  }'];
}

function base(name: string, type: string, hook: string, priority: number, rules: readonly string[]): string[] {
  return chain(name, [`type ${type} hook ${hook} priority ${priority}; policy accept;`, ...rules]);
}
