import { deployments, pods } from '../../lib/kube/resources.ts';
import type { LogResult } from '../../lib/log-query.ts';
import { lineWriter } from '../e2e/workloads.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { printFollowed } from './follow.ts';
import { memory, sumOf } from './process-memory.ts';
import { summary } from './statistics.ts';

const POD_STARTS = 20;
const RESTARTS = 5;
const LINES = 200;
const namespace = 'default';

/** `npm run bench -- cluster`: what a user waits for, on a cluster of three nodes of its own. */
export async function run(): Promise<void> {
  const cluster = await startCluster({ name: 'bench', nodes: 3 });
  try {
    console.log(`pod create → Ready            ${summary(await podStarts(cluster))}`);
    console.log(`probe failure → restart       ${summary(await restarts(cluster))}   beyond the threshold`);
    console.log(`line → searchable             ${summary(await searchLatencies(cluster))}`);
    await printFollowed(cluster);
    const processes = memory(cluster);
    for (const { name, rssMb } of processes) console.log(`memory ${name.padEnd(22)} ${rssMb.toFixed(0)} MB`);
    console.log(`memory together               ${sumOf(processes).rssMb.toFixed(0)} MB`);
  } finally {
    await cluster.stop();
  }
}

async function podStarts(cluster: TestCluster): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < POD_STARTS; index++) {
    const name = `start-${index}`;
    const list = await cluster.client.list(pods, { namespace });
    const startedMs = performance.now();
    await cluster.client.create(pods, {
      metadata: { name, namespace },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: 'vigil/busybox:dev', command: ['sleep', '600'] }],
      },
    });
    const watch = cluster.client.watch(
      pods,
      { namespace, fieldSelector: `metadata.name=${name}`, resourceVersion: list.metadata.resourceVersion },
      AbortSignal.timeout(60_000),
    );
    for await (const event of watch) {
      if (event.type !== 'ADDED' && event.type !== 'MODIFIED') continue;
      if (
        event.object.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')
      )
        break;
    }
    times.push(performance.now() - startedMs);
    await cluster.client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0 });
  }
  return times;
}

/** From the beginning of the last failed attempt that was needed to the next container seen running; the container ends within a second of grace. */
async function restarts(cluster: TestCluster): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < RESTARTS; index++) {
    const app = `alive-${index}`;
    await cluster.client.create(deployments, lineWriter({ namespace, name: app, replicas: 1, liveness: true }));
    const name = await eventually('a running pod', async () => {
      const [pod] = (await cluster.client.list(pods, { namespace, labelSelector: `app=${app}` })).items;
      return pod?.status?.phase === 'Running' && pod.metadata?.name;
    });
    const list = await cluster.client.list(pods, { namespace });
    await cluster.kubectl('exec', name, '--', 'rm', '/tmp/alive');
    const runsAgainMs = await runningAgain(cluster, name, list.metadata.resourceVersion);
    const attempt = await eventually('the killing attempt is stored', async () => {
      const query = { dataset: 'probes', pods: [name], query: 'vigil.probe.action:restart', size: 1 };
      const path = '/apis/logs.vigil.dev/v1/search';
      const result = (await cluster.client.json({ method: 'POST', path, body: query })) as LogResult;
      return result.hits[0];
    });
    times.push(runsAgainMs - Date.parse(attempt.time));
    await cluster.client.delete(deployments, { namespace, name: app });
  }
  return times;
}

/** Wall time at which the API said that the container runs again. */
async function runningAgain(cluster: TestCluster, name: string, resourceVersion: string): Promise<number> {
  const selection = { namespace, fieldSelector: `metadata.name=${name}`, resourceVersion };
  for await (const event of cluster.client.watch(pods, selection, AbortSignal.timeout(60_000))) {
    if (event.type !== 'ADDED' && event.type !== 'MODIFIED') continue;
    const status = event.object.status?.containerStatuses?.[0];
    if ((status?.restartCount ?? 0) > 0 && status?.state?.running) return Date.now();
  }
  throw new Error(`${name} was not restarted`);
}

/** A pod writes the time with every line; the difference to when it is seen is the latency (one machine, one clock). */
async function searchLatencies(cluster: TestCluster): Promise<number[]> {
  const node = `const t=setInterval(()=>console.log('tick',Date.now()),50);setTimeout(()=>{clearInterval(t);setInterval(()=>{},1e9)},${LINES * 50})`;
  await cluster.client.create(pods, {
    metadata: { name: 'ticker', namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: 'vigil/node:dev', command: ['node', '-e', node] }],
    },
  });
  const seen = new Map<string, number>();
  const endMs = performance.now() + LINES * 50 + 10_000;
  while (performance.now() < endMs && seen.size < LINES * 0.9) {
    const query = { pods: ['ticker'], query: 'tick', size: LINES };
    const result = (await cluster.client.json({
      method: 'POST',
      path: '/apis/logs.vigil.dev/v1/search',
      body: query,
    })) as LogResult;
    const nowMs = Date.now();
    for (const hit of result.hits)
      if (!seen.has(hit.id)) seen.set(hit.id, nowMs - Number(/tick (\d+)/.exec(hit.message)?.[1]));
  }
  return [...seen.values()];
}
