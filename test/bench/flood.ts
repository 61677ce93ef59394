import type { ServerAddress } from './api/client-protocol.ts';
import { Connection, requestBytes } from './api/connection.ts';

/** Refused clients come again after this time, as libraries do. */
const RETRY_MS = 1_000;
const TOO_MANY = 429;

/** A client that floods, as a process of its own: on each of its connections it asks again as soon as it has been answered. */
const address = JSON.parse(process.argv[2] ?? '') as ServerAddress;
const request = requestBytes('GET', process.argv[4] ?? '');

const connections = await Promise.all(Array.from({ length: Number(process.argv[3]) }, () => Connection.open(address)));
console.log('open');
await Promise.all(
  connections.map(async (connection) => {
    for (;;) {
      const { status } = await connection.send(request);
      if (status === TOO_MANY) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }),
);
