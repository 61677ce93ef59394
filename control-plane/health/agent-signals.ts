import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Informer } from '../../lib/kube/informer.ts';
import type { Node } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';
import { agentAddressOf, isNodeReady, type AgentAddress } from './agent-address.ts';
import type { AgentClient } from './agent-client.ts';
import { parseSequencedSignal } from './parse-signal.ts';
import type { SignalHub } from './signal-hub.ts';

const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 5_000;
/** More nodes than one control plane of this kind serves. */
const MAX_STREAMS = 1_000;

interface Stream {
  readonly address: AgentAddress;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/**
 * Keeps one stream of signals open to the agent of each Ready node and hands what comes to the hub. A broken stream is opened again with back-off and reads what
 * the agent still remembers; the hub drops what it has seen before.
 */
export class AgentSignals implements Component {
  readonly name = 'agent-signals';
  readonly #nodes: Informer<Node>;
  readonly #client: AgentClient;
  readonly #hub: SignalHub;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #streams = new Map<string, Stream>();
  readonly #stop = new AbortController();
  #unsubscribe = () => {};

  constructor(options: {
    readonly nodes: Informer<Node>;
    readonly client: AgentClient;
    readonly hub: SignalHub;
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    this.#nodes = options.nodes;
    this.#client = options.client;
    this.#hub = options.hub;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  start(): Promise<void> {
    this.#unsubscribe = this.#nodes.onChange((type, node) =>
      this.#follow(node, type !== 'DELETED' && isNodeReady(node)),
    );
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#stop.abort(new Error('agent-signals stopped'));
    const running = [...this.#streams.values()];
    for (const stream of running) stream.abort.abort(new Error('agent-signals stopped'));
    await Promise.all(running.map((stream) => stream.done));
  }

  #follow(node: Node, wanted: boolean): void {
    const name = node.metadata?.name ?? '';
    const address = wanted ? agentAddressOf(node) : undefined;
    const present = this.#streams.get(name);
    if (present && address && present.address.host === address.host && present.address.port === address.port) return;
    if (present) {
      present.abort.abort(new Error('the node is not ready or has moved'));
      this.#streams.delete(name);
    }
    if (!address || this.#stop.signal.aborted) return;
    if (this.#streams.size >= MAX_STREAMS) {
      this.#log.warn({ node: name, streams: MAX_STREAMS }, 'too many nodes: no signals are read from this one');
      return;
    }
    const abort = new AbortController();
    const done = (present?.done ?? Promise.resolve()).then(() => this.#run(address, abort.signal));
    this.#streams.set(name, { address, abort, done });
  }

  async #run(address: AgentAddress, signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#read(address, signal, () => {
          failures = 0;
        });
      } catch (error) {
        if (!signal.aborted) {
          this.#log.debug({ node: address.node, error: messageOf(error) }, 'signal stream broke, trying again');
        }
      } finally {
        this.#hub.setConnected(address.node, false);
      }
      if (signal.aborted) return;
      const delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures++, 16), MAX_RETRY_MS);
      await this.#clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  async #read(address: AgentAddress, signal: AbortSignal, onSignal: () => void): Promise<void> {
    const onOpen = () => this.#hub.setConnected(address.node, true);
    // Always from the start of the agent's own memory: a new epoch begins at 1 again, and the hub knows what it has seen.
    for await (const line of this.#client.lines(address, '/vigil/v1/signals?after=0', signal, onOpen)) {
      const sequenced = parseSequencedSignal(line);
      if (!sequenced) {
        this.#log.warn({ node: address.node }, 'agent sent a signal that cannot be read');
        continue;
      }
      onSignal();
      this.#hub.accept(address.node, sequenced);
    }
  }
}
