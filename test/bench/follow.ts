import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { pods } from '../../lib/kube/resources.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { quantile, summary } from './statistics.ts';

const LINES = 400;
const EVERY_MS = 25;
const namespace = 'default';

/** `npm run bench -- follow`: from a container's write to what reads it, `kctl logs -f` and `docker logs -f` over the same lines (one machine, one clock). */
export async function run(): Promise<void> {
  const cluster = await startCluster({ name: 'follow', nodes: 1 });
  try {
    await printFollowed(cluster);
  } finally {
    await cluster.stop();
  }
}

/** Measures both on a cluster that runs. */
export async function printFollowed(cluster: TestCluster): Promise<void> {
  const [own, peer] = await latencies(cluster);
  console.log(`line → kctl logs -f           ${summary(own)}`);
  console.log(`line → docker logs -f         ${summary(peer)}`);
  for (const q of [0.5, 0.99])
    console.log(`ratio of p${String(q * 100).padEnd(20)}${(quantile(own, q) / quantile(peer, q)).toFixed(2)}`);
}

/** The container begins to write when both readers stand: it waits for a file. */
async function latencies(cluster: TestCluster): Promise<readonly [own: number[], peer: number[]]> {
  const script = `const {existsSync}=require('node:fs');const wait=setInterval(()=>{if(!existsSync('/tmp/go'))return;clearInterval(wait);let n=0;
    const t=setInterval(()=>{console.log('tick',Date.now());if(++n===${LINES})clearInterval(t)},${EVERY_MS})},50);setInterval(()=>{},1e9);console.log('ready')`;
  await cluster.client.create(pods, {
    metadata: { name: 'followed', namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: 'vigil/node:dev', command: ['node', '-e', script] }],
    },
  });
  const containerId = await eventually('the container runs', async () => {
    const status = (await cluster.client.get(pods, { namespace, name: 'followed' })).status?.containerStatuses?.[0];
    return status?.state?.running && status.containerID?.replace(/^docker:\/\//, '');
  });
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  const kctl = spawn(join(import.meta.dirname, '../../kctl'), ['logs', '-f', 'followed', '-o', 'raw'], { env });
  const docker = spawn('docker', ['logs', '-f', containerId]);
  const readers = [kctl, docker].map(ticksOf);
  try {
    await eventually('both readers have the first line', () => readers.every((reader) => reader.isReady()));
    await cluster.kubectl('exec', 'followed', '--', 'node', '-e', "require('node:fs').writeFileSync('/tmp/go','')");
    await eventually(
      'both readers have all lines',
      () => readers.every((reader) => reader.ms.length === LINES),
      LINES * EVERY_MS + 30_000,
    );
  } finally {
    kctl.kill('SIGTERM');
    docker.kill('SIGTERM');
  }
  return [readers[0]?.ms ?? [], readers[1]?.ms ?? []];
}

/** How long each line was under way. */
function ticksOf(child: ChildProcess): { readonly ms: number[]; isReady(): boolean } {
  const ms: number[] = [];
  let rest = '';
  let ready = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const nowMs = Date.now();
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === 'ready') ready = true;
      else if (line.startsWith('tick ')) ms.push(nowMs - Number(line.slice(5)));
    }
  });
  return { ms, isReady: () => ready };
}
