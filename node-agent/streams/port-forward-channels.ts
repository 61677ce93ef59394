import type { WebSocket } from 'ws';
import { ChannelSocket, type ChannelCodec } from './channel-socket.ts';
import { forward, type ForwardTarget } from './port-forward.ts';

/** Channel numbers are one byte and 255 means close. */
export const MAX_CHANNEL_PORTS = 64;

/**
 * Serves port-forward over `v4.channel.k8s.io`: for the i-th port of the query, channel 2i carries data and channel 2i + 1 errors, and the first message on
 * each is the port as 16 bits, little endian. Resolves when every port's connection has ended.
 */
export async function servePortForwardChannels(
  socket: WebSocket,
  codec: ChannelCodec,
  ports: readonly number[],
  target: ForwardTarget,
): Promise<void> {
  const gone = new AbortController();
  socket.on('close', () => gone.abort(new Error('the client closed the connection')));
  const connection = new ChannelSocket(
    socket,
    codec,
    ports.flatMap((_, index) => [index * 2, index * 2 + 1]),
  );
  await Promise.all(
    ports.map((port, index) => {
      const data = connection.channel(index * 2);
      const error = connection.channel(index * 2 + 1);
      error.resume();
      const announcement = Buffer.alloc(2);
      announcement.writeUInt16LE(port, 0);
      data.write(announcement);
      error.write(announcement);
      return forward(target, port, data, error, gone.signal);
    }),
  );
  connection.close();
}
