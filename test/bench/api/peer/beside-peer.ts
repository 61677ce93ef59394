import { median, quantile } from '../../statistics.ts';
import type { BenchClient } from '../bench-client.ts';
import { megabytes, type LoadedServer, type Measured } from '../measurements.ts';
import { requestRound, type RequestRound } from '../request-round.ts';
import type { Row } from '../rows.ts';

/** What one server was measured to do in one round. */
export interface PeerRound extends RequestRound {
  readonly readyMs: number;
  readonly cpuOfStart: number;
  /** When all requests were answered. */
  readonly rssBytes: number;
}

/** Takes the figures of a server that has just become ready. */
export async function peerRound(server: LoadedServer, client: BenchClient, readyMs: number): Promise<PeerRound> {
  const cpuOfStart = server.usage().cpuSeconds;
  const measured = await requestRound(server, client);
  return { ...measured, readyMs, cpuOfStart, rssBytes: server.usage().rssBytes };
}

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly of: (round: PeerRound) => number;
  /** Vigil's figure as a share of the peer's, as the targets stand to the reference figures. */
  readonly is?: 'at least' | 'at most';
  readonly bound?: number;
}

const of = (kind: keyof RequestRound, figure: (one: Measured) => number) => (round: PeerRound) => figure(round[kind]);
const lag = (q: number) => of('create', ({ result }) => quantile(result.eventLagsMs, q));

const figures: readonly Figure[] = [
  { name: 'start → ready', unit: 's', of: ({ readyMs }) => readyMs / 1_000, is: 'at most', bound: 0.33 },
  { name: '  CPU', unit: 's', of: ({ cpuOfStart }) => cpuOfStart },
  { name: 'POST pod', unit: '/s', of: of('create', (one) => one.perSecond), is: 'at least', bound: 3.4 },
  { name: '  p50', unit: 'ms', of: of('create', (one) => one.p50Ms) },
  { name: '  p99', unit: 'ms', of: of('create', (one) => one.p99Ms), is: 'at most', bound: 0.44 },
  { name: '  CPU a pod', unit: 'ms', of: of('create', (one) => one.serverCpuMs), is: 'at most', bound: 0.31 },
  { name: 'watch event behind the answer, p50', unit: 'ms', of: lag(0.5), is: 'at most', bound: 0.25 },
  { name: '  p99', unit: 'ms', of: lag(0.99), is: 'at most', bound: 0.22 },
  { name: 'GET pod', unit: '/s', of: of('get', (one) => one.perSecond), is: 'at least', bound: 3.1 },
  { name: '  p99', unit: 'ms', of: of('get', (one) => one.p99Ms), is: 'at most', bound: 0.36 },
  { name: '  CPU a request', unit: 'ms', of: of('get', (one) => one.serverCpuMs) },
  { name: 'LIST 5000 pods, p50', unit: 'ms', of: of('list', (one) => one.p50Ms), is: 'at most', bound: 0.17 },
  { name: '  CPU a list', unit: 'ms', of: of('list', (one) => one.serverCpuMs) },
  { name: '  4 at once, p50', unit: 'ms', of: of('listAtOnce', (one) => one.p50Ms), is: 'at most', bound: 0.14 },
  { name: 'PATCH pod status', unit: '/s', of: of('patch', (one) => one.perSecond) },
  { name: '  CPU a request', unit: 'ms', of: of('patch', (one) => one.serverCpuMs) },
  { name: 'RSS behind all that', unit: 'MB', of: ({ rssBytes }) => megabytes(rssBytes) },
];

/** Medians of both, and the one as a share of the other. */
export function peerRows(vigil: readonly PeerRound[], peer: readonly PeerRound[]): readonly Row[] {
  return figures.map(({ name, unit, of: figure, is, bound }) => {
    const [ours, theirs] = [median(vigil.map(figure)), median(peer.map(figure))];
    const text = (value: number) => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 3).padStart(8);
    const both = `${name.padEnd(36)}${text(ours)} : ${text(theirs)} ${unit.padEnd(3)}`;
    const row = { name: both, unit: '×', value: ours / theirs };
    return is === undefined || bound === undefined ? row : { ...row, is, bound };
  });
}
