import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { VigilError } from '../../lib/errors.ts';
import { rangesOverlap, subnetPairs } from './addresses.ts';

/** Where the first cluster listens. */
const FIRST_PORT = 6443;
const PORT_TRIES = 200;

/** The first pair of subnets that overlaps none of `taken`, and its place in the order. */
export function freeSubnets(taken: readonly string[]): {
  readonly place: number;
  readonly pod: string;
  readonly service: string;
} {
  const place = subnetPairs.findIndex(
    ({ pod, service }) => !taken.some((range) => rangesOverlap(range, pod) || rangesOverlap(range, service)),
  );
  const pair = subnetPairs[place];
  if (!pair) {
    throw new VigilError(
      'NO_SUBNET',
      'terminal',
      'every pair of subnets is taken: kctl clusters lists clusters, kctl down removes them',
    );
  }
  return { place, ...pair };
}

/** Ranges that the machine's own interfaces are in. */
export function interfaceRanges(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => address.family === 'IPv4')
    .map((address) => address.cidr ?? `${address.address}/32`);
}

/** A port nobody listens on, on any address, and not in `reserved`: the place's own first, so that clusters made at the same time differ. */
export async function freePort(place: number, reserved: ReadonlySet<number>, first = FIRST_PORT): Promise<number> {
  for (let attempt = 0; attempt < PORT_TRIES; attempt++) {
    const port = first + place + attempt * subnetPairs.length;
    if (!reserved.has(port) && (await isFree(port))) return port;
  }
  throw new VigilError('NO_PORT', 'terminal', `no free port from ${first} on: give one with --port`);
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
