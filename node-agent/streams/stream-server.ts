import { Socket } from 'node:net';
import { createWebSocketStream } from 'ws';
import type { Clock } from '../../lib/clock.ts';
import { messageOf, VigilError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { parseCommandOptions, type CommandStreams } from './command-streams.ts';
import { commandOverSpdy } from './command-spdy.ts';
import { commandOverWebSocket } from './command-websocket.ts';
import type { DockerEndpoint } from './docker-endpoint.ts';
import type { PodDialer } from './pod-dialer.ts';
import { parsePort, type ForwardTarget } from './port-forward.ts';
import { MAX_CHANNEL_PORTS, servePortForwardChannels } from './port-forward-channels.ts';
import { servePortForwardSpdy } from './port-forward-spdy.ts';
import { runAttach, runExec } from './run-command.ts';
import type { StreamTargets } from './stream-targets.ts';
import {
  acceptSpdy,
  acceptWebSocket,
  negotiate,
  offered,
  refuse,
  wantsSpdy,
  wantsWebSocket,
  type Upgrade,
} from './upgrade.ts';

/** Which container or pod, and the request's query. */
export interface StreamRequest {
  readonly namespace: string;
  readonly pod: string;
  /** Absent: the query's `container`, or the pod's only one. */
  readonly container?: string | undefined;
  readonly query: URLSearchParams;
}

export interface StreamServerOptions {
  readonly targets: StreamTargets;
  readonly docker: DockerEndpoint;
  readonly dialer: PodDialer;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the process of an exec whose client has left. */
  readonly kill: (pid: number) => void;
}

/** Streams served at once; each holds a connection to the engine or to pods and some buffers. */
const MAX_SESSIONS = 256;
/** How long a client may take to close its side after we closed ours. */
const CLOSE_GRACE_MS = 10_000;

const KEEP_ALIVE_MS = 30_000;

const portForwardTunnel = 'SPDY/3.1+portforward.k8s.io';
const portForwardChannels = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'] as const;

/**
 * Exec, attach and port-forward for upgraded connections, as kubectl and the client libraries speak them. Each method takes over the socket, resolves when the
 * session is over and never rejects: what goes wrong before the upgrade is answered with a Status, after it on the session's error stream.
 *
 *     const streams = new StreamServer({ targets, docker: new DockerEndpoint(config.dockerHost), dialer: new NamespacePodDialer(clock), clock, log, kill });
 *     server.on('upgrade', (request, socket, head) =>        // after authentication; path /exec/{namespace}/{pod}/{container}
 *       void streams.exec({ request, socket, head }, { namespace, pod, container, query: url.searchParams }));
 */
export class StreamServer {
  readonly #options: StreamServerOptions;
  #sessions = 0;

  constructor(options: StreamServerOptions) {
    this.#options = options;
  }

  exec(upgrade: Upgrade, where: StreamRequest): Promise<void> {
    return this.#session('exec', upgrade, where, async () => {
      const command = this.#commandOptions(where);
      if (command.command.length === 0) throw invalid('you must specify a command');
      const { docker, targets, kill, clock } = this.#options;
      const target = await targets.container(where.namespace, where.pod, containerOf(where));
      const streams = await this.#commandStreams(upgrade, command);
      await streams.finish(await runExec(docker, target, command, streams, kill, clock));
    });
  }

  attach(upgrade: Upgrade, where: StreamRequest): Promise<void> {
    return this.#session('attach', upgrade, where, async () => {
      const { docker, targets, clock } = this.#options;
      const target = await targets.container(where.namespace, where.pod, containerOf(where));
      const command = { ...this.#commandOptions(where), tty: target.tty };
      const streams = await this.#commandStreams(upgrade, command);
      await streams.finish(await runAttach(docker, target, command, streams, clock));
    });
  }

  portForward(upgrade: Upgrade, where: StreamRequest): Promise<void> {
    return this.#session('portForward', upgrade, where, async () => {
      const network = await this.#options.targets.network(where.namespace, where.pod);
      const target: ForwardTarget = { network, dialer: this.#options.dialer, pod: `${where.namespace}/${where.pod}` };
      const { request } = upgrade;
      if (wantsSpdy(request)) {
        const protocol = negotiate(offered(request, 'x-stream-protocol-version'), ['portforward.k8s.io']);
        if (!protocol) throw invalid('unable to negotiate protocol: the server accepts portforward.k8s.io');
        await servePortForwardSpdy(acceptSpdy(upgrade, protocol), target);
        return;
      }
      if (!wantsWebSocket(request)) throw invalid('upgrade to WebSocket or SPDY/3.1 required');
      const offers = offered(request, 'sec-websocket-protocol');
      if (offers.includes(portForwardTunnel)) {
        const socket = await acceptWebSocket(upgrade, portForwardTunnel);
        await servePortForwardSpdy(createWebSocketStream(socket), target);
        return;
      }
      const protocol = negotiate(offers, portForwardChannels);
      const ports = portsOf(where.query);
      const socket = await acceptWebSocket(upgrade, protocol);
      await servePortForwardChannels(socket, protocol?.includes('base64') ? 'base64' : 'binary', ports, target);
    });
  }

  #commandOptions(where: StreamRequest) {
    const options = parseCommandOptions(where.query);
    if (typeof options === 'string') throw invalid(options);
    return options;
  }

  #commandStreams(upgrade: Upgrade, options: Parameters<typeof commandOverWebSocket>[1]): Promise<CommandStreams> {
    if (wantsWebSocket(upgrade.request)) return commandOverWebSocket(upgrade, options);
    if (wantsSpdy(upgrade.request)) return commandOverSpdy(upgrade, options, this.#options.clock);
    throw invalid('upgrade to WebSocket or SPDY/3.1 required');
  }

  async #session(kind: string, upgrade: Upgrade, where: StreamRequest, run: () => Promise<void>): Promise<void> {
    const { clock, log } = this.#options;
    const { socket } = upgrade;
    socket.on('error', () => socket.destroy());
    // A client that vanished without a word is noticed in the end, and its command with it.
    if (socket instanceof Socket) socket.setKeepAlive(true, KEEP_ALIVE_MS);
    if (this.#sessions >= MAX_SESSIONS) {
      refuse(
        socket,
        new VigilError('STREAM_SESSIONS_EXHAUSTED', 'transient', `${MAX_SESSIONS} streams are open already`),
      );
      return;
    }
    this.#sessions++;
    try {
      await run();
    } catch (error) {
      log.debug({ kind, namespace: where.namespace, pod: where.pod, reason: messageOf(error) }, 'stream ended early');
      if (upgrade.isAccepted) socket.destroy();
      else refuse(socket, error);
    } finally {
      this.#sessions--;
      const cancel = clock.after(CLOSE_GRACE_MS, () => socket.destroy());
      socket.once('close', cancel);
    }
  }
}

function containerOf(where: StreamRequest): string | undefined {
  return where.container ?? where.query.get('container') ?? undefined;
}

function portsOf(query: URLSearchParams): number[] {
  const texts = [...query.getAll('ports'), ...query.getAll('port')].flatMap((text) => text.split(','));
  if (texts.length === 0) throw invalid('query parameter "ports" is required');
  if (texts.length > MAX_CHANNEL_PORTS) throw invalid(`at most ${MAX_CHANNEL_PORTS} ports`);
  return texts.map((text) => {
    const port = parsePort(text);
    if (port === undefined) throw invalid(`query parameter "ports" holds ${JSON.stringify(text)}, which is not a port`);
    return port;
  });
}

function invalid(message: string): VigilError {
  return new VigilError('STREAM_REQUEST_INVALID', 'invalid', message);
}
