import type { Duplex } from 'node:stream';
import { SpdyConnection } from './spdy-connection.ts';
import { firstHeader } from './spdy-headers.ts';
import type { SpdyStream } from './spdy-stream.ts';
import { forward, parsePort, type ForwardTarget } from './port-forward.ts';

interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
}

/** Pairs of which only one half has come. */
const MAX_HALF_PAIRS = 128;

/**
 * Serves `portforward.k8s.io` over a transport that carries SPDY frames: for each connection the client opens an error stream and a data stream with the same
 * `requestID` and the `port`. Resolves when the client has gone.
 */
export async function servePortForwardSpdy(transport: Duplex, target: ForwardTarget): Promise<void> {
  const pairs = new Map<string, Pair>();
  const gone = new AbortController();
  const connection = new SpdyConnection(transport, (stream) => {
    const type = firstHeader(stream.headers, 'streamtype');
    const port = parsePort(firstHeader(stream.headers, 'port'));
    // Clients older than request identifiers number the error stream n and the data stream n + 2.
    const requestId = firstHeader(stream.headers, 'requestid') ?? String(type === 'error' ? stream.id : stream.id - 2);
    const pair = pairs.get(requestId) ?? {};
    if ((type !== 'data' && type !== 'error') || port === undefined || pair[type] || pairs.size >= MAX_HALF_PAIRS) {
      stream.destroy();
      return;
    }
    pair[type] = stream;
    pairs.set(requestId, pair);
    stream.once('close', () => {
      if (pairs.get(requestId) === pair) pairs.delete(requestId);
    });
    if (!pair.data || !pair.error) return;
    pairs.delete(requestId);
    pair.error.resume();
    void forward(target, port, pair.data, pair.error, gone.signal);
  });
  try {
    await connection.run();
  } finally {
    gone.abort(new Error('the client closed the connection'));
  }
}
