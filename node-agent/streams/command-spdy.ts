import type { Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import type { Status } from '../../lib/kube/types.ts';
import type { CommandOptions, CommandStreams } from './command-streams.ts';
import { endStream } from './end-stream.ts';
import { SpdyConnection } from './spdy-connection.ts';
import { firstHeader } from './spdy-headers.ts';
import type { SpdyStream } from './spdy-stream.ts';
import { acceptSpdy, negotiate, offered, type Upgrade } from './upgrade.ts';

const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io'] as const;

/** How long a client may take to open the streams that its request announced. */
const STREAMS_TIMEOUT_MS = 30_000;

/** Accepts exec or attach over SPDY and waits for the client to open its streams; rejects with `SPDY_STREAMS_MISSING`. */
export async function commandOverSpdy(
  upgrade: Upgrade,
  options: CommandOptions,
  clock: Clock,
): Promise<CommandStreams> {
  const offers = offered(upgrade.request, 'x-stream-protocol-version');
  const protocol = negotiate(offers, protocols);
  if (!protocol) {
    throw new VigilError(
      'STREAM_PROTOCOL_UNSUPPORTED',
      'invalid',
      `unable to negotiate protocol: the client offers ${offers.join(', ') || 'none'}, the server accepts ${protocols.join(', ')}`,
    );
  }
  const expected = new Set(expectedStreams(options, protocol));
  const streams = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<void>();
  const gone = new AbortController();
  const connection = new SpdyConnection(acceptSpdy(upgrade, protocol), (stream) => {
    const type = firstHeader(stream.headers, 'streamtype') ?? '';
    if (!expected.has(type) || streams.has(type)) {
      stream.destroy();
      return;
    }
    streams.set(type, stream);
    if (streams.size === expected.size) complete.resolve();
  });
  const missing = () =>
    new VigilError(
      'SPDY_STREAMS_MISSING',
      'invalid',
      `the client did not open its streams: ${[...expected].join(', ')}`,
    );
  const cancelTimeout = clock.after(STREAMS_TIMEOUT_MS, () => complete.reject(missing()));
  const over = () => {
    gone.abort(new Error('the client closed the connection'));
    complete.reject(missing());
  };
  connection.run().then(over, over);
  try {
    await complete.promise;
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    cancelTimeout();
  }
  const error = streams.get('error');
  for (const type of ['error', 'stdout', 'stderr']) streams.get(type)?.resume();
  return {
    stdin: streams.get('stdin'),
    stdout: streams.get('stdout'),
    stderr: streams.get('stderr'),
    resize: streams.get('resize'),
    gone: gone.signal,
    async finish(status: Status) {
      for (const type of ['stdout', 'stderr']) {
        const stream = streams.get(type);
        if (stream) await endStream(stream);
      }
      if (error) {
        const plain = protocol === 'v2.channel.k8s.io' || protocol === 'v3.channel.k8s.io';
        if (!plain) error.write(JSON.stringify(status));
        else if (status.status !== 'Success') error.write(status.message ?? '');
        await endStream(error);
      }
      connection.close();
    },
  };
}

function expectedStreams(options: CommandOptions, protocol: (typeof protocols)[number]): string[] {
  return [
    'error',
    ...(options.stdin ? ['stdin'] : []),
    ...(options.stdout ? ['stdout'] : []),
    ...(options.stderr ? ['stderr'] : []),
    ...(options.tty && protocol !== 'v2.channel.k8s.io' ? ['resize'] : []),
  ];
}
