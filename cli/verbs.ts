import type { Verb } from './command.ts';

/** Every verb of kctl: its name, the line in `kctl help`, and the module that is loaded only when it is called. One line a verb. */
export interface VerbEntry {
  readonly name: string;
  readonly group: 'cluster' | 'look' | 'change' | 'demo';
  readonly summary: string;
  readonly load: () => Promise<Verb>;
}

export const verbs: readonly VerbEntry[] = [
  entry('cluster', 'up', 'make a cluster and start it', async () => (await import('./cluster/up.ts')).up),
  entry(
    'cluster',
    'down',
    'remove a cluster and everything it made',
    async () => (await import('./cluster/down.ts')).down,
  ),
  entry('cluster', 'status', 'processes of a cluster', async () => (await import('./cluster/status.ts')).status),
  entry('cluster', 'clusters', 'list clusters', async () => (await import('./cluster/clusters.ts')).clusters),
  entry(
    'cluster',
    'kubeconfig',
    "print the path of a cluster's kubeconfig",
    async () => (await import('./cluster/kubeconfig-verb.ts')).kubeconfig,
  ),
  entry(
    'cluster',
    'token',
    'print a token to sign in to the console',
    async () => (await import('./cluster/token.ts')).token,
  ),
  entry(
    'cluster',
    'image',
    'load images on every node, or list them',
    async () => (await import('./cluster/image.ts')).image,
  ),
  entry('cluster', 'node', 'stop, start or kill a node', async () => (await import('./cluster/node-verb.ts')).node),
  entry('demo', 'break', 'break a workload of the demo', async () => (await import('./cluster/break.ts')).breakDemo),
  entry('demo', 'repair', 'undo a break', async () => (await import('./cluster/break.ts')).repairDemo),
];

function entry(group: VerbEntry['group'], name: string, summary: string, load: () => Promise<Verb>): VerbEntry {
  return { group, name, summary, load };
}
