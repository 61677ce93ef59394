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
  entry(
    'cluster',
    'prepare',
    'make what docker-compose.dev.yml runs from',
    async () => (await import('./cluster/prepare.ts')).prepare,
  ),
  entry(
    'cluster',
    'settle',
    'wait for a prepared cluster that docker-compose starts',
    async () => (await import('./cluster/settle.ts')).settle,
  ),
  entry('cluster', 'backup', 'write what the API stores to a file', async () => (await import('./backup.ts')).backup),
  entry(
    'cluster',
    'restore',
    'put a cluster in the state of a backup',
    async () => (await import('./cluster/restore.ts')).restore,
  ),
  entry('cluster', 'node', 'stop, start or kill a node', async () => (await import('./cluster/node-verb.ts')).node),
  entry('look', 'get', 'list objects', async () => (await import('./get.ts')).get),
  entry('look', 'describe', 'an object in full, with its events', async () => (await import('./describe.ts')).describe),
  entry(
    'look',
    'health',
    'what is well, what is not, since when and why',
    async () => (await import('./health.ts')).health,
  ),
  entry('look', 'logs', 'lines of pods, also of pods that are gone', async () => (await import('./logs.ts')).logs),
  entry(
    'look',
    'search',
    'search stored logs, probes, events and decisions',
    async () => (await import('./search.ts')).search,
  ),
  entry('look', 'timeline', 'what happened to a workload', async () => (await import('./timeline.ts')).timeline),
  entry('look', 'events', 'what was reported about objects', async () => (await import('./events.ts')).events),
  entry('look', 'alerts', 'alerts that fire, with their evidence', async () => (await import('./alerts.ts')).alerts),
  entry(
    'look',
    'ship',
    'ship the logs of any folder of containers, without a cluster',
    async () => (await import('./ship.ts')).ship,
  ),
  entry('look', 'top', 'CPU and memory in use', async () => (await import('./top.ts')).top),
  entry('change', 'apply', 'make objects be as a file says', async () => (await import('./apply.ts')).apply),
  entry('change', 'delete', 'delete objects', async () => (await import('./delete.ts')).deleteVerb),
  entry('change', 'scale', 'set the number of replicas', async () => (await import('./scale.ts')).scale),
  entry(
    'change',
    'rollout',
    'look at, undo, restart or pause a rollout',
    async () => (await import('./rollout.ts')).rollout,
  ),
  entry('change', 'exec', 'run a command in a container', async () => (await import('./exec.ts')).exec),
  entry(
    'change',
    'port-forward',
    'reach a port of a pod from here',
    async () => (await import('./port-forward.ts')).portForward,
  ),
  entry('demo', 'break', 'break a workload of the demo', async () => (await import('./cluster/break.ts')).breakDemo),
  entry('demo', 'repair', 'undo a break', async () => (await import('./cluster/break.ts')).repairDemo),
];

function entry(group: VerbEntry['group'], name: string, summary: string, load: () => Promise<Verb>): VerbEntry {
  return { group, name, summary, load };
}
