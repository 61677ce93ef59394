import type { Writable } from 'node:stream';
import type { Status } from '../../lib/kube/types.ts';
import { ChannelSocket, type ChannelCodec } from './channel-socket.ts';
import type { CommandOptions, CommandStreams } from './command-streams.ts';
import { endStream } from './end-stream.ts';
import { acceptWebSocket, negotiate, offered, type Upgrade } from './upgrade.ts';

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

const protocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
] as const;
type Protocol = (typeof protocols)[number];

/** Accepts exec or attach over a WebSocket; a client that names no subprotocol gets the oldest, as from the kubelet. */
export async function commandOverWebSocket(upgrade: Upgrade, options: CommandOptions): Promise<CommandStreams> {
  const offers = offered(upgrade.request, 'sec-websocket-protocol');
  const negotiated = negotiate(offers, protocols);
  const protocol: Protocol = negotiated ?? 'channel.k8s.io';
  const socket = await acceptWebSocket(upgrade, negotiated);
  const codec: ChannelCodec = protocol.includes('base64') ? 'base64' : 'binary';
  const connection = new ChannelSocket(socket, codec, Object.values(channels));
  const gone = new AbortController();
  socket.on('close', () => gone.abort(new Error('the client closed the connection')));
  const error = connection.channel(channels.error);
  error.resume();
  connection.channel(channels.stdout).resume();
  connection.channel(channels.stderr).resume();
  const stdin = connection.channel(channels.stdin);
  if (!options.stdin) stdin.resume();
  connection.announce(options.stdout ? channels.stdout : options.stderr ? channels.stderr : channels.error);
  const outputs: Writable[] = [
    ...(options.stdout ? [connection.channel(channels.stdout)] : []),
    ...(options.stderr ? [connection.channel(channels.stderr)] : []),
  ];
  return {
    stdin: options.stdin ? stdin : undefined,
    stdout: options.stdout ? connection.channel(channels.stdout) : undefined,
    stderr: options.stderr ? connection.channel(channels.stderr) : undefined,
    resize: connection.channel(channels.resize),
    gone: gone.signal,
    async finish(status: Status) {
      await Promise.all(outputs.map(endStream));
      const text = errorText(protocol, status);
      if (text !== '') error.write(text);
      await endStream(error);
      connection.close();
    },
  };
}

/** Before v4 the error channel carried plain text, and nothing on success. */
function errorText(protocol: Protocol, status: Status): string {
  if (protocol.startsWith('v')) return JSON.stringify(status);
  return status.status === 'Success' ? '' : (status.message ?? '');
}
