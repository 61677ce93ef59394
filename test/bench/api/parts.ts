import { setTimeout as sleep } from 'node:timers/promises';
import { profiles } from '../../../lib/profiles.ts';
import { median, quantile } from '../statistics.ts';
import { BenchClient } from './bench-client.ts';
import { benchProfile, BenchServer, type ServerKind } from './bench-server.ts';
import type { ServerAddress } from './client-protocol.ts';
import { measure, megabytes, type Measured } from './measurements.ts';
import { peerRound, peerRows, type PeerRound } from './peer/beside-peer.ts';
import { buildPeer, KubeApiServer } from './peer/kube-apiserver.ts';
import { PODS, requestRound, type RequestRound } from './request-round.ts';
import type { Row } from './rows.ts';

const ROUNDS = 3;
const LATER_STARTS = 5;
const WATCHERS = 1_000;
const EVENTS = 60;
const NODES = 1_000;
/** What was needed for a start, or for many writes, is given back by then. */
const IDLE_MS = 20_000;
/** Events are kept for a minute. */
const SETTLE_MS = 75_000;

/** A named part of the benchmark: servers of its own, and the rows that come of it. */
export type Part = () => Promise<readonly Row[]>;

/** From the start of the process until it is ready, with an empty compile cache and with a filled one. */
async function starts(): Promise<readonly Row[]> {
  return withServer('control plane', async (server) => {
    const first = await server.start();
    await server.stop();
    const later: { readonly readyMs: number; readonly cpuSeconds: number }[] = [];
    for (let n = 0; n < LATER_STARTS; n++) {
      const { readyMs, usage } = await server.start();
      later.push({ readyMs, cpuSeconds: usage.cpuSeconds });
      await server.stop();
    }
    return [
      { name: 'first start, nothing compiled → ready', unit: 's', value: first.readyMs / 1_000 },
      { name: 'CPU of the first start', unit: 's', value: first.usage.cpuSeconds },
      {
        name: 'start → ready',
        unit: 's',
        value: middle(later, (one) => one.readyMs) / 1_000,
        is: 'at most',
        bound: 0.7,
      },
      { name: 'CPU of a start', unit: 's', value: middle(later, (one) => one.cpuSeconds) },
    ];
  });
}

/** Creates, reads and lists, each round on a server that has just been started. */
async function requests(): Promise<readonly Row[]> {
  const rounds: RequestRound[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await withClient('api alone', requestRound));
  const of = (kind: keyof RequestRound, figure: (one: Measured) => number) =>
    middle(rounds, (round) => figure(round[kind]));
  const costs = (kind: keyof RequestRound, name: string): readonly Row[] => [
    { name: `  CPU of the server ${name}`, unit: 'ms', value: of(kind, (one) => one.serverCpuMs) },
    { name: `  CPU of the client ${name}`, unit: 'ms', value: of(kind, (one) => one.clientCpuMs) },
  ];
  const lag = (q: number) => of('create', ({ result }) => quantile(result.eventLagsMs, q));
  return [
    {
      name: `POST pod × ${PODS}`,
      unit: '/s',
      value: of('create', (one) => one.perSecond),
      is: 'at least',
      bound: 4_000,
    },
    { name: '  p50', unit: 'ms', value: of('create', (one) => one.p50Ms) },
    { name: '  p99', unit: 'ms', value: of('create', (one) => one.p99Ms), is: 'at most', bound: 20 },
    {
      name: '  CPU of the server a pod',
      unit: 'ms',
      value: of('create', (one) => one.serverCpuMs),
      is: 'at most',
      bound: 0.4,
    },
    { name: '  CPU of the client a pod', unit: 'ms', value: of('create', (one) => one.clientCpuMs) },
    { name: 'watch event behind the answer, p50', unit: 'ms', value: lag(0.5), is: 'at most', bound: 1 },
    { name: '  p99', unit: 'ms', value: lag(0.99), is: 'at most', bound: 8 },
    { name: 'GET pod', unit: '/s', value: of('get', (one) => one.perSecond), is: 'at least', bound: 12_000 },
    { name: '  p99', unit: 'ms', value: of('get', (one) => one.p99Ms), is: 'at most', bound: 8 },
    ...costs('get', 'a request'),
    {
      name: `LIST ${PODS} pods, ${(of('list', ({ result }) => result.bodyBytes) / 1e6).toFixed(1)} MB, p50`,
      unit: 'ms',
      value: of('list', (one) => one.p50Ms),
      is: 'at most',
      bound: 25,
    },
    ...costs('list', 'a list'),
    { name: '  4 at once, p50', unit: 'ms', value: of('listAtOnce', (one) => one.p50Ms), is: 'at most', bound: 60 },
    ...costs('listAtOnce', 'a list'),
    { name: 'PATCH pod status', unit: '/s', value: of('patch', (one) => one.perSecond) },
    ...costs('patch', 'a request'),
  ];
}

/** One event on its way to many watchers. */
async function watchers(): Promise<readonly Row[]> {
  return withClient('api alone', async (server, client) => {
    const before = server.usage().rssBytes;
    await client.perform({ kind: 'open watches', watches: WATCHERS });
    await client.perform({ kind: 'fan out', events: 5 });
    const held = server.usage().rssBytes - before;
    const { result, serverCpuMs, clientCpuMs } = await measure(server, client, { kind: 'fan out', events: EVENTS });
    const lag = (q: number) => quantile(result.eventLagsMs, q);
    return [
      { name: `POST sent → event at each of ${WATCHERS} watchers, p50`, unit: 'ms', value: lag(0.5) },
      { name: '  p99', unit: 'ms', value: lag(0.99) },
      { name: '  CPU of the server a delivery', unit: 'µs', value: serverCpuMs * 1_000 },
      { name: '  CPU of the client a delivery', unit: 'µs', value: clientCpuMs * 1_000 },
      { name: '  memory a watcher, with its connection', unit: 'KB', value: held / WATCHERS / 1_024 },
    ];
  });
}

async function memory(): Promise<readonly Row[]> {
  return withServer('control plane', async (server) => {
    await server.start();
    await server.stop();
    const { address } = await server.start();
    await sleep(IDLE_MS);
    const idle = server.usage();
    const { leaseRenewMs, leaseDurationMs } = profiles[benchProfile];
    const client = new BenchClient(address);
    try {
      const { failed, refusal, elapsedMs } = await client.perform({
        kind: 'populate',
        nodes: NODES,
        pods: PODS,
        leaseRenewMs,
        leaseDurationMs,
      });
      if (failed > 0) throw new Error(`${failed} requests failed, the first with ${refusal}`);
      await sleep(SETTLE_MS);
      const full = server.usage();
      await sleep(IDLE_MS);
      const later = server.usage();
      const busy = (later.cpuSeconds - full.cpuSeconds) / (IDLE_MS / 1_000);
      const name = `RSS with ${NODES} nodes and ${PODS} pods, settled, profile ${benchProfile}`;
      return [
        { name: 'RSS idle', unit: 'MB', value: megabytes(idle.rssBytes), is: 'at most', bound: 130 },
        { name: '  peak', unit: 'MB', value: megabytes(idle.peakRssBytes) },
        { name, unit: 'MB', value: megabytes(later.rssBytes), is: 'at most', bound: 350 },
        { name: '  peak', unit: 'MB', value: megabytes(later.peakRssBytes) },
        { name: `  made in`, unit: 's', value: elapsedMs / 1_000 },
        { name: '  cores busy with the leases', unit: '', value: busy },
      ];
    } finally {
      client.stop();
    }
  });
}

/** The same requests to a real kube-apiserver with etcd, in turns, so that whatever else the machine does falls on both. */
async function peer(): Promise<readonly Row[]> {
  await buildPeer();
  const [vigil, upstream]: [PeerRound[], PeerRound[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    vigil.push(await withClient('api alone', peerRound));
    const server = await KubeApiServer.create();
    try {
      const { address, readyMs } = await server.start();
      upstream.push(await withClientOf(address, (client) => peerRound(server, client, readyMs)));
    } finally {
      await server.remove();
    }
  }
  return peerRows(vigil, upstream);
}

/** What is measured when nothing is asked for. */
export const ownParts: Readonly<Record<string, Part>> = { starts, requests, watchers, memory };
/** `peer` needs Go, and many minutes for its first build. */
export const parts: Readonly<Record<string, Part>> = { ...ownParts, peer };

function middle<T>(values: readonly T[], figure: (value: T) => number): number {
  return median(values.map(figure));
}

async function withServer<T>(kind: ServerKind, use: (server: BenchServer) => Promise<T>): Promise<T> {
  const server = await BenchServer.create(kind);
  try {
    return await use(server);
  } finally {
    await server.remove();
  }
}

/** On a server that was started from the compile cache, as all but the first are. */
function withClient<T>(
  kind: ServerKind,
  use: (server: BenchServer, client: BenchClient, readyMs: number) => Promise<T>,
): Promise<T> {
  return withServer(kind, async (server) => {
    await server.start();
    await server.stop();
    const { address, readyMs } = await server.start();
    return withClientOf(address, (client) => use(server, client, readyMs));
  });
}

async function withClientOf<T>(address: ServerAddress, use: (client: BenchClient) => Promise<T>): Promise<T> {
  const client = new BenchClient(address);
  try {
    return await use(client);
  } finally {
    client.stop();
  }
}
