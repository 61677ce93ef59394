import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { readFile } from 'node:fs/promises';
import { decode, encode } from 'dns-packet';
import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { NodeAgentConfig } from '../../lib/config/node-agent.ts';
import { messageOf, VigilError } from '../../lib/errors.ts';
import type { EndpointSlice, Service } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';
import { contains, parseCidr, parseIPv4 } from '../network/ipv4.ts';
import type { ObjectCache } from '../network/object-cache.ts';
import { answer, type DnsAnswer, type DnsRecord } from './answer.ts';
import { UpstreamForwarder, upstreamsOf, withLength, type Forwarder } from './forwarder.ts';
import { encodeRefusal, encodeResponse, parseQuery, type Query } from './message.ts';
import { ServiceDirectory } from './service-directory.ts';

export interface DnsServerOptions {
  readonly config: Pick<NodeAgentConfig, 'nodeIP' | 'clusterDomain' | 'serviceSubnet' | 'network'>;
  readonly services: ObjectCache<Service>;
  readonly slices: ObjectCache<EndpointSlice>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Between 0 and 1; spreads clients over the addresses of a headless Service. */
  readonly random: () => number;
  /** 53 unless a test says otherwise. */
  readonly port?: number | undefined;
  /** The machine's name servers unless given. */
  readonly forwarder?: Forwarder | undefined;
}

const DNS_PORT = 53;
const MAX_TCP_CONNECTIONS = 128;
const MAX_TCP_MESSAGE_BYTES = 65_535;
const TCP_IDLE_MS = 10_000;
/** Aliases that point to aliases; more are a loop. */
const MAX_ALIASES = 8;
const LISTEN_RETRY_MS = 1_000;
/** How long a Service's name may be unknown after the start because its list has not come yet. */
const SYNC_WAIT_MS = 2_000;

/**
 * The cluster's DNS on the node's address, UDP and TCP: names of Services and pods are answered from memory, all others by the machine's own name servers.
 *
 *     const dns = new DnsServer({ config, services: informers.of(services), slices: informers.of(endpointSlices), clock, log, random: Math.random });
 *     await dns.start(signal);     // after NodeNetwork.ensure put nodeIP on the bridge
 */
export class DnsServer implements Component {
  readonly name = 'dns';
  readonly #options: DnsServerOptions;
  readonly #directory: ServiceDirectory;
  readonly #connections = new Set<Socket>();
  readonly #stop = new AbortController();
  readonly #unsubscribe: (() => void)[] = [];
  #forwarder: Forwarder | undefined;
  #udp: UdpSocket | undefined;
  #tcp: Server | undefined;

  constructor(options: DnsServerOptions) {
    this.#options = options;
    const ranges = [options.config.network.subnet, options.config.serviceSubnet].map((text) => parseCidr(text));
    this.#directory = new ServiceDirectory(options.config.clusterDomain, (ip) => {
      const address = parseIPv4(ip);
      return address !== undefined && ranges.some((range) => range !== undefined && contains(range, address));
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { config, services, slices, clock, log } = this.#options;
    signal.throwIfAborted();
    this.#unsubscribe.push(
      services.onChange(this.#directory.onService),
      slices.onChange((type, slice) => this.#directory.onSlice(type, slice)),
    );
    this.#forwarder = this.#options.forwarder ?? new UpstreamForwarder(await this.#upstreams(), clock);
    try {
      await this.#listen();
    } catch (error) {
      // The pods of this node can live without names for a while, but not without an agent.
      log.error({ err: error, address: config.nodeIP }, 'cluster DNS cannot serve; trying again');
      void this.#listenLater();
    }
  }

  async #listen(): Promise<void> {
    const { config, log } = this.#options;
    const port = this.#options.port ?? DNS_PORT;
    try {
      this.#udp ??= await this.#listenUdp(config.nodeIP, port);
      this.#tcp ??= await this.#listenTcp(config.nodeIP, this.port);
    } catch (error) {
      throw new VigilError('DNS_LISTEN_FAILED', 'transient', `DNS on ${config.nodeIP}:${port}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    log.info({ address: config.nodeIP, port: this.port }, 'cluster DNS serves');
  }

  async #listenLater(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#options.clock.sleep(LISTEN_RETRY_MS, signal);
        await this.#listen();
        return;
      } catch (error) {
        this.#options.log.debug({ reason: messageOf(error) }, 'cluster DNS still cannot serve');
      }
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    for (const connection of this.#connections) connection.destroy();
    const [udp, tcp] = [this.#udp, this.#tcp];
    this.#udp = undefined;
    this.#tcp = undefined;
    if (udp) await new Promise<void>((resolve) => udp.close(resolve));
    if (tcp) await new Promise<void>((resolve) => tcp.close(() => resolve()));
  }

  /** Where it listens; for tests that let the system choose. */
  get port(): number {
    return this.#udp?.address().port ?? 0;
  }

  async #upstreams(): Promise<readonly string[]> {
    const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
    const { nodeIP } = this.#options.config;
    return upstreamsOf(text, (address) => address === nodeIP || this.#directory.isClusterAddress(address));
  }

  #listenUdp(host: string, port: number): Promise<UdpSocket> {
    const socket = createSocket('udp4');
    socket.on('message', (message, from) => {
      void this.#respond(message, 'udp').then((response) => {
        // A client that went away or a full socket buffer loses one answer; it asks again.
        if (response && this.#udp) this.#udp.send(response, from.port, from.address, () => {});
      });
    });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, () => {
        socket.off('error', reject);
        socket.on('error', (error) => this.#options.log.warn({ reason: error.message }, 'DNS socket failed'));
        resolve(socket);
      });
    });
  }

  #listenTcp(host: string, port: number): Promise<Server> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#serveTcp(socket));
    server.maxConnections = MAX_TCP_CONNECTIONS;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve(server);
      });
    });
  }

  #serveTcp(socket: Socket): void {
    this.#connections.add(socket);
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#connections.delete(socket));
    void this.#readTcp(socket).catch(() => socket.destroy());
  }

  async #readTcp(socket: Socket): Promise<void> {
    let received = Buffer.alloc(0);
    // A client may close its side right after its question; the answer still goes out.
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      received = Buffer.concat([received, chunk as Buffer]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const response = await this.#respond(received.subarray(2, end), 'tcp');
        received = received.subarray(end);
        if (response) socket.write(withLength(response));
      }
    }
    socket.end();
  }

  async #respond(message: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    const parsed = parseQuery(message);
    if (parsed.kind === 'drop') return undefined;
    if (parsed.kind === 'refuse') return encodeRefusal(parsed.id, parsed.rcode);
    const { query } = parsed;
    const maxBytes = transport === 'udp' ? query.udpBytes : MAX_TCP_MESSAGE_BYTES;
    try {
      const found = answer(query, this.#directory);
      if (found.kind === 'forward') {
        const forwarded = await this.#forwarder?.forward(message, transport, this.#stop.signal);
        return forwarded ?? failure(query, maxBytes);
      }
      if (found.rcode === 'NXDOMAIN' && !(await this.#isSynced())) return failure(query, maxBytes);
      const chased = await this.#chase(found, query);
      return encodeResponse(
        query,
        { ...chased, isAuthoritative: true, answers: this.#spread(chased.answers) },
        maxBytes,
      );
    } catch (error) {
      this.#options.log.warn({ reason: messageOf(error), name: query.name }, 'a DNS question could not be answered');
      return failure(query, maxBytes);
    }
  }

  /** Before the first lists have come nobody can say that a name does not exist. */
  async #isSynced(): Promise<boolean> {
    const { services, slices, clock } = this.#options;
    const deadline = new AbortController();
    const cancel = clock.after(SYNC_WAIT_MS, () => deadline.abort(new Error('not synced')));
    const either = AbortSignal.any([deadline.signal, this.#stop.signal]);
    return Promise.all([services.whenSynced(either), slices.whenSynced(either)])
      .then(
        () => true,
        () => false,
      )
      .finally(cancel);
  }

  /** Follows an alias out of the cluster or to another of our names, as simple resolvers expect. */
  async #chase(
    found: Extract<DnsAnswer, { kind: 'answer' }>,
    query: Query,
  ): Promise<Extract<DnsAnswer, { kind: 'answer' }>> {
    let result = found;
    for (let step = 0; step < MAX_ALIASES && result.chase !== undefined; step++) {
      const question = { name: result.chase, type: query.type };
      const next = answer(question, this.#directory);
      const more = next.kind === 'answer' ? next : await this.#resolve(question);
      result = { ...result, answers: [...result.answers, ...more.answers], chase: more.chase };
    }
    return result;
  }

  async #resolve(question: {
    name: string;
    type: string;
  }): Promise<{ answers: readonly DnsRecord[]; chase?: undefined }> {
    const id = Math.floor(this.#options.random() * 0xffff);
    const message = encode({
      type: 'query',
      id,
      flags: 0x100,
      questions: [{ name: question.name, type: question.type as 'A' }],
    });
    const response = await this.#forwarder?.forward(message, 'udp', this.#stop.signal);
    if (!response) return { answers: [] };
    const answers = (decode(response).answers ?? []).flatMap((record): DnsRecord[] =>
      record.type === 'A' || record.type === 'CNAME'
        ? [{ type: record.type, name: record.name, ttl: record.ttl ?? 0, data: record.data }]
        : [],
    );
    return { answers };
  }

  /** Starts at a different address each time, as most clients take the first. */
  #spread(records: readonly DnsRecord[]): readonly DnsRecord[] {
    if (records.length < 2 || records.some((record) => record.type !== 'A')) return records;
    const start = Math.floor(this.#options.random() * records.length);
    return [...records.slice(start), ...records.slice(0, start)];
  }
}

function failure(query: Query, maxBytes: number): Buffer {
  return encodeResponse(
    query,
    { rcode: 'SERVFAIL', isAuthoritative: false, answers: [], authorities: [], additionals: [] },
    maxBytes,
  );
}
