import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { namespaces, pods, serviceAccounts } from '../../../../lib/kube/resources.ts';
import type { Pod } from '../../../../lib/kube/types.ts';
import type { LogQuery, LogResult } from '../../../../lib/log-query.ts';
import type { LogSource } from '../../../../lib/log-source.ts';
import { freePort } from '../../../servers/search-server.ts';
import { startCluster, type TestCluster } from '../../cluster.ts';
import { eventually } from '../../eventually.ts';

import { LossCounter, type Written } from './loss-count.ts';
import type { LossResult } from './loss-result.ts';
import { startStore } from './platform-processes.ts';
import { containersIn, readStore } from './read-store.ts';
import { TroubledStore } from './troubled-store.ts';

const PAGE_LINES = 10_000;
const STORE_START_MS = 30_000;

/** A cluster on the real engine, with the real agent and shipper, whose logs go to the real embedded store over a road with holes. */
export class LossCluster {
  readonly cluster: TestCluster;
  readonly road: TroubledStore;
  readonly #root: string;
  readonly #storePort: number;
  #store: ChildProcess | undefined;

  private constructor(cluster: TestCluster, road: TroubledStore, root: string, storePort: number, store: ChildProcess) {
    this.cluster = cluster;
    this.road = road;
    this.#root = root;
    this.#storePort = storePort;
    this.#store = store;
  }

  static async start(): Promise<LossCluster> {
    const root = mkdtempSync(join(tmpdir(), 'vigil-loss-'));
    const storePort = await freePort();
    const road = new TroubledStore(storePort);
    const store = startStore(join(root, 'store'), storePort);
    try {
      await storeAnswers(storePort);
      const cluster = await startCluster({ name: 'loss', logStore: await road.listen() });
      return new LossCluster(cluster, road, root, storePort, store);
    } catch (error) {
      await road.close();
      await killed(store);
      rmSync(root, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    try {
      await this.cluster.stop();
    } finally {
      await this.road.close();
      await this.killStore();
      rmSync(this.#root, { recursive: true, force: true });
    }
  }

  /** `kill -9`: what was not on its disk is gone. */
  async killStore(): Promise<void> {
    if (this.#store) await killed(this.#store);
    this.#store = undefined;
  }

  async startStore(): Promise<void> {
    this.#store = startStore(join(this.#root, 'store'), this.#storePort);
    await storeAnswers(this.#storePort);
  }

  /** The store itself, without trouble on the way. */
  get storeUrl(): string {
    return `http://127.0.0.1:${this.#storePort}`;
  }

  /** A folder that writers of one row count in, seen by them as /out. */
  outDir(namespace: string): string {
    const dir = join(this.#root, 'out', namespace);
    mkdirSync(dir, { recursive: true });
    return dir;
  }
}

/** Makes a namespace in which pods can be created at once. */
export async function newNamespace({ client }: TestCluster, name: string): Promise<void> {
  await client.create(namespaces, { metadata: { name } });
  await eventually('the namespace has its service account', () =>
    client.get(serviceAccounts, { namespace: name, name: 'default' }).then(Boolean, () => false),
  );
}

/** Runs `work` while a process of the cluster is killed with SIGKILL every `everyMs`, at most `most` times; resolves with how often it was. */
export async function whileKilled(
  cluster: TestCluster,
  name: string,
  { everyMs, most }: { readonly everyMs: number; readonly most: number },
  work: () => Promise<void>,
): Promise<number> {
  const done = new AbortController();
  let kills = 0;
  const killing = (async () => {
    while (kills < most) {
      await delay(everyMs, undefined, { signal: done.signal }).catch(() => undefined);
      if (done.signal.aborted) return;
      if (killProcess(cluster, name)) kills++;
    }
  })();
  try {
    await work();
  } finally {
    done.abort();
    await killing;
  }
  return kills;
}

/** Whether there was one to kill: after quick deaths a supervisor waits before it starts the next. */
export function killProcess(cluster: TestCluster, name: string): boolean {
  try {
    const pid = Number(readFileSync(join(cluster.home.run, `${name}.pid`), 'utf8').trim());
    if (!(pid > 1)) return false;
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** All pods of a namespace have ended. */
export async function podsEnded({ client }: TestCluster, namespace: string, withinMs: number): Promise<void> {
  await eventually(
    'all writers have ended',
    async () => (await client.list(pods, { namespace })).items.every(hasEnded),
    withinMs,
  );
}

/** Where lines were written and where they are to be found: in the cluster's own store when no other is named. */
export interface Shipped {
  readonly cluster: TestCluster;
  readonly storeUrl?: string;
}

export interface CountOptions {
  /** How long the shipper may take until everything is acknowledged. */
  readonly withinMs: number;
  /** Containers that are announced to the shipper at least; default one a writer. */
  readonly containers?: number;
  /** Lines that are read back at a time. */
  readonly pageLines?: number;
}

/**
 * Waits until everything that the ended containers of a namespace wrote is acknowledged by the store, so that nothing more will come, and counts what is there.
 * When that takes too long, what is stored by then is counted all the same: the missing lines say more than the time that passed.
 */
export async function countShipped(
  { cluster, storeUrl }: Shipped,
  namespace: string,
  written: readonly Written[],
  { withinMs, containers = written.length, pageLines = PAGE_LINES }: CountOptions,
): Promise<LossResult> {
  const unshipped = await waitForShipper(cluster, namespace, containers, withinMs);
  const counter =
    storeUrl === undefined
      ? await readAsUser(cluster, namespace, pageLines)
      : await readDirectly(storeUrl, namespace, pageLines);
  return {
    ...counter.result(written),
    ...(unshipped.length === 0 ? {} : { note: `after ${withinMs / 1_000} s not shipped: ${unshipped.join(', ')}` }),
  };
}

/** Resolves with the pods whose containers the shipper has not marked as shipped in time. */
async function waitForShipper(
  cluster: TestCluster,
  namespace: string,
  containers: number,
  withinMs: number,
): Promise<readonly string[]> {
  const dirs = cluster.record.nodes.map((node) => join(cluster.home.node(node.name), 'sources'));
  const look = () => {
    const own = dirs.flatMap((dir) => sourcesOf(dir, namespace).map((source) => ({ dir, source })));
    const waiting = own.filter(({ dir, source }) => !existsSync(join(dir, `${source.containerId}.done`)));
    return { announced: own.length, waiting: waiting.map(({ source }) => source.pod) };
  };
  try {
    return await eventually(
      'the shipper has marked every container as shipped',
      () => {
        const { announced, waiting } = look();
        return announced >= containers && waiting.length === 0 && waiting;
      },
      withinMs,
    );
  } catch {
    return look().waiting;
  }
}

async function readDirectly(url: string, namespace: string, pageLines: number): Promise<LossCounter> {
  const counter = new LossCounter();
  // One container after the other: lines that many wrote at once lie apart in the store, and a page of all of them would open most of it.
  for (const container of await containersIn(url, namespace)) {
    const where = { 'container.id': container };
    await readStore(url, where, ({ message, stream }) => counter.add(message, stream), pageLines);
  }
  return counter;
}

async function readAsUser({ client }: TestCluster, namespace: string, pageLines: number): Promise<LossCounter> {
  const counter = new LossCounter();
  const path = `/apis/logs.vigil.dev/v1/namespaces/${namespace}/search`;
  let after: string | undefined;
  do {
    const query: LogQuery = { size: pageLines, order: 'oldest', after };
    const page = (await client.json({ method: 'POST', path, body: query })) as LogResult;
    for (const hit of page.hits) counter.add(hit.message, hit.stream ?? '');
    after = page.next;
  } while (after !== undefined);
  return counter;
}

function sourcesOf(dir: string, namespace: string): LogSource[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      try {
        const source = JSON.parse(readFileSync(join(dir, name), 'utf8')) as LogSource;
        return source.namespace === namespace ? [source] : [];
      } catch {
        // Removed meanwhile: its container's logs are shipped.
        return [];
      }
    });
}

function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

async function storeAnswers(port: number): Promise<void> {
  await eventually('the store answers', async () => (await fetch(`http://127.0.0.1:${port}/`)).ok, STORE_START_MS);
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}
