import { createServer, type Server, type Socket } from 'node:net';
import { VigilError, messageOf } from '../lib/errors.ts';
import { resourcePath } from '../lib/kube/resource-path.ts';
import { pods } from '../lib/kube/resources.ts';
import type { Api } from './api/api.ts';
import { connect } from './api/connect.ts';
import { clusterOptions } from './common-options.ts';
import type { Verb } from './command.ts';
import { print } from './output/print.ts';
import { podOfTarget } from './pod-of-target.ts';

/** Unsent bytes at which the local side is paused. */
const MAX_UNSENT_BYTES = 1024 * 1024;

export const portForward: Verb = {
  summary: 'reach a port of a pod from here',
  usage: 'POD | KIND/NAME [LOCAL:]REMOTE…',
  options: { ...clusterOptions, address: { type: 'string', help: 'ADDRESS to listen on, 127.0.0.1 unless said' } },
  async run(args, context) {
    const [target, ...ports] = args.positionals;
    if (target === undefined || ports.length === 0)
      throw new VigilError('USAGE', 'invalid', 'name a pod or workload and a port, e.g. deploy/hello 8080:80');
    const api = await connect(args, context);
    const namespace = args.string('namespace') ?? api.namespace;
    const pod = await podOfTarget(api, target, namespace, context.signal);
    const name = pod.metadata?.name ?? '';
    const servers: Server[] = [];
    try {
      for (const text of ports) {
        const { local, remote } = parsePorts(text);
        const server = await listen(local, args.string('address') ?? '127.0.0.1', (socket) => {
          void forward(api, namespace, name, remote, socket, (problem) =>
            context.stderr.write(`kctl: port ${remote}: ${problem}\n`),
          );
        });
        servers.push(server);
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : local;
        print(context, `Forwarding from ${args.string('address') ?? '127.0.0.1'}:${port} -> ${remote} (${name})`);
      }
      await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve(), { once: true }));
      return 0;
    } finally {
      for (const server of servers) server.close();
    }
  },
};

/** `8080:80`, `80`, `:80` (any free local port). */
export function parsePorts(text: string): { local: number; remote: number } {
  const match = /^(?:(\d*):)?(\d+)$/.exec(text);
  const remote = Number(match?.[2]);
  const local = match?.[1] === undefined ? remote : Number(match[1] === '' ? 0 : match[1]);
  if (!match || remote < 1 || remote > 65_535 || local > 65_535)
    throw new VigilError('USAGE', 'invalid', `"${text}" is not [LOCAL:]REMOTE with ports up to 65535`);
  return { local, remote };
}

function listen(port: number, address: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve(server));
  });
}

/** One connection: a WebSocket of its own, channel 0 data and channel 1 errors, each beginning with the port number. */
async function forward(
  api: Api,
  namespace: string,
  name: string,
  port: number,
  local: Socket,
  complain: (problem: string) => void,
): Promise<void> {
  local.on('error', () => local.destroy());
  try {
    const path = `${resourcePath(pods, { namespace, name }, 'portforward')}?ports=${port}`;
    const remote = await api.webSocket(path, ['v4.channel.k8s.io']);
    const greeted = new Set<number>();
    remote.on('message', (data: Buffer) => {
      const from = data[0] ?? 0;
      if (!greeted.has(from)) greeted.add(from);
      else if (from === 0) local.write(data.subarray(1));
      else if (data.length > 1) complain(data.subarray(1).toString('utf8'));
    });
    remote.on('close', () => local.end());
    remote.on('error', (error) => local.destroy(error));
    local.on('data', (chunk) => {
      remote.send(Buffer.concat([Buffer.from([0]), chunk]));
      if (remote.bufferedAmount > MAX_UNSENT_BYTES) {
        local.pause();
        setTimeout(() => local.resume(), 20);
      }
    });
    local.on('close', () => remote.close());
  } catch (error) {
    complain(messageOf(error));
    local.destroy();
  }
}
