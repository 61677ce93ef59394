import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Bodies kept: a test looks at a few. */
const MAX_BODIES = 1000;

export interface Receiver {
  readonly url: string;
  readonly bodies: readonly string[];
  close(): Promise<void>;
}

/** A web server on loopback that accepts every POST and keeps its body. */
export async function receiver(): Promise<Receiver> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString('utf8'));
      if (bodies.length > MAX_BODIES) bodies.shift();
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    bodies,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
