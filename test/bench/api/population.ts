import type { ClientResult, ServerAddress } from './client-protocol.ts';
import { Connection, requestBytes } from './connection.ts';
import { leaseBody, nodeBody, nodeStatusBody, podBody, runningStatusBody } from './sample-objects.ts';

const CONNECTIONS = 20;
const NODES = '/api/v1/nodes';
const PODS = '/api/v1/namespaces/default/pods';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const MERGE = 'application/merge-patch+json';
/** Renewals have connections of their own: a node must not look dead because pods are being made. */
const RENEWING = 4;
/** Renewals come spread over the time between two. */
const SLICES = 20;

/** How agents renew. */
interface LeasePace {
  readonly leaseRenewMs: number;
  readonly leaseDurationMs: number;
}

/** Nodes that only keep their leases, and pods that run on them. */
export class Population {
  readonly #connections: readonly Connection[];
  readonly #pace: LeasePace;
  readonly #nodes: string[] = [];
  readonly #latenciesMs: number[] = [];
  #failed = 0;
  #refusal: number | undefined;
  #slice = 0;
  #isRenewing = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(connections: readonly Connection[], pace: LeasePace) {
    this.#connections = connections;
    this.#pace = pace;
  }

  static async open(address: ServerAddress, pace: LeasePace): Promise<Population> {
    const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(address)));
    return new Population(connections, pace);
  }

  /** Resolves when all is there; the leases are renewed until `close`. */
  async make(nodes: number, pods: number): Promise<ClientResult> {
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    const making = this.#connections.slice(RENEWING);
    this.#timer = setInterval(() => void this.#renewSlice(), this.#pace.leaseRenewMs / SLICES);
    await this.#each(making, nodes, (connection, index) => this.#makeNode(connection, index));
    await this.#each(making, pods, (connection, index) => this.#makePod(connection, index));
    const { user, system } = process.cpuUsage(cpu);
    return {
      count: this.#latenciesMs.length,
      failed: this.#failed,
      refusal: this.#refusal,
      elapsedMs: performance.now() - startMs,
      latenciesMs: [],
      eventLagsMs: [],
      bodyBytes: 0,
      cpuSeconds: (user + system) / 1e6,
    };
  }

  close(): void {
    clearInterval(this.#timer);
    for (const connection of this.#connections) connection.close();
  }

  async #each(
    connections: readonly Connection[],
    count: number,
    make: (connection: Connection, index: number) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    await Promise.all(
      connections.map(async (connection) => {
        while (next < count) await make(connection, next++);
      }),
    );
  }

  async #makeNode(connection: Connection, index: number): Promise<void> {
    const name = `node-${index}`;
    const time = new Date().toISOString().replace(/\.\d+/, '');
    await this.#send(connection, requestBytes('POST', LEASES, this.#lease(name)));
    await this.#send(connection, requestBytes('POST', NODES, nodeBody(name, index)));
    await this.#send(
      connection,
      requestBytes('PATCH', `${NODES}/${name}/status`, nodeStatusBody(name, index, time), MERGE),
    );
    this.#nodes.push(name);
  }

  async #makePod(connection: Connection, index: number): Promise<void> {
    const name = `pod-${index}`;
    const time = new Date().toISOString().replace(/\.\d+/, '');
    const node = this.#nodes[index % this.#nodes.length];
    await this.#send(connection, requestBytes('POST', PODS, podBody(name, index, node)));
    await this.#send(
      connection,
      requestBytes('PATCH', `${PODS}/${name}/status`, runningStatusBody(index, time), MERGE),
    );
  }

  async #send(connection: Connection, request: Buffer): Promise<void> {
    const sentMs = performance.now();
    const { status } = await connection.send(request);
    this.#latenciesMs.push(performance.now() - sentMs);
    if (status < 300) return;
    this.#failed++;
    this.#refusal ??= status;
  }

  async #renewSlice(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    const slice = this.#nodes.filter((_, index) => index % SLICES === this.#slice);
    this.#slice = (this.#slice + 1) % SLICES;
    await this.#each(this.#connections.slice(0, RENEWING), slice.length, async (connection, index) => {
      const node = slice[index] ?? '';
      const lease = this.#lease(node);
      await this.#send(connection, requestBytes('PATCH', `${LEASES}/${node}`, lease, MERGE));
    });
    this.#isRenewing = false;
  }

  #lease(node: string): string {
    return leaseBody(node, microTime(), this.#pace.leaseDurationMs / 1_000);
  }
}

function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
