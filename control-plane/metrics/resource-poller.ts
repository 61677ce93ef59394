import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Informer } from '../../lib/kube/informer.ts';
import type { Node } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';
import { agentAddressOf, isNodeReady } from '../health/agent-address.ts';
import type { AgentClient } from '../health/agent-client.ts';
import type { ResourceMetrics } from './resource-metrics.ts';
import { parseStatsSummary } from './stats-summary.ts';

const PERIOD_MS = 5_000;
const TIMEOUT_MS = 4_000;
/** 110 pods of several containers. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Nodes asked at the same time. */
const CONCURRENCY = 10;

/** Reads `/stats/summary` of every Ready node every 5 s. */
export class ResourcePoller implements Component {
  readonly name = 'resource-poller';
  readonly #nodes: Informer<Node>;
  readonly #client: AgentClient;
  readonly #metrics: ResourceMetrics;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #unsubscribe = () => {};

  constructor(options: {
    readonly nodes: Informer<Node>;
    readonly client: AgentClient;
    readonly metrics: ResourceMetrics;
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    this.#nodes = options.nodes;
    this.#client = options.client;
    this.#metrics = options.metrics;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  start(): Promise<void> {
    this.#unsubscribe = this.#nodes.onChange((type, node) => {
      if (type === 'DELETED') this.#metrics.forget(node.metadata?.name ?? '');
    });
    this.#running ??= this.#run(this.#stop.signal);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#stop.abort(new Error('resource-poller stopped'));
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedMs = this.#clock.monotonicMs();
      const waiting = this.#nodes.list().filter(isNodeReady);
      const worker = async () => {
        for (let node = waiting.pop(); node && !signal.aborted; node = waiting.pop()) await this.#read(node, signal);
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, worker));
      const restMs = Math.max(PERIOD_MS - (this.#clock.monotonicMs() - startedMs), PERIOD_MS / 5);
      await this.#clock.sleep(restMs, signal).catch(() => undefined);
    }
  }

  async #read(node: Node, signal: AbortSignal): Promise<void> {
    const address = agentAddressOf(node);
    if (!address) return;
    try {
      const options = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES };
      const text = await this.#client.getText(address, '/stats/summary', options, signal);
      this.#metrics.update(address.node, parseStatsSummary(text, this.#clock.now()));
    } catch (error) {
      if (!signal.aborted) this.#log.debug({ node: address.node, error: messageOf(error) }, 'stats could not be read');
    }
  }
}
