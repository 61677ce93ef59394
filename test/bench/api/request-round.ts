import type { BenchClient } from './bench-client.ts';
import { measure, type LoadedServer, type Measured } from './measurements.ts';

export const PODS = 5_000;
const CONNECTIONS = 20;
const GETS = 20_000;
const LISTS = 24;

export type RequestRound = Readonly<Record<'create' | 'get' | 'list' | 'listAtOnce' | 'patch', Measured>>;

/** Creates, reads, lists and changes pods on a server that has just been started. */
export async function requestRound(server: LoadedServer, client: BenchClient): Promise<RequestRound> {
  const many = { kind: 'requests', connections: CONNECTIONS } as const;
  return {
    create: await measure(server, client, { ...many, request: 'create', count: PODS, watches: true }),
    get: await measure(server, client, { ...many, request: 'get', count: GETS }),
    list: await measure(server, client, { ...many, request: 'list', connections: 1, count: LISTS }),
    listAtOnce: await measure(server, client, { ...many, request: 'list', connections: 4, count: 2 * LISTS }),
    patch: await measure(server, client, { ...many, request: 'patch status', count: PODS }),
  };
}
