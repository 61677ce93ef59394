import type { Informer } from '../../lib/kube/informer.ts';
import type { Node } from '../../lib/kube/types.ts';
import { agentAddressOf } from '../health/agent-address.ts';
import type { AgentClient } from '../health/agent-client.ts';
import type { AlertInstance } from './alert-rule.ts';

const LINES = 20;
const MAX_LINE = 1024;
const TIMEOUT_MS = 2_000;
/** 20 lines of the largest size that Docker writes. */
const MAX_BYTES = 512 * 1024;

/** The last lines of a running container. */
export interface LogTail {
  /** Oldest first, at most 20, each cut at 1 KiB; empty when they cannot be had. Never rejects, unless `signal` aborts. */
  lastLines(of: NonNullable<AlertInstance['tail']>, signal: AbortSignal): Promise<readonly string[]>;
}

/** Asks the agent of the node. */
export class AgentLogTail implements LogTail {
  readonly #nodes: Informer<Node>;
  readonly #client: AgentClient;

  constructor(options: { readonly nodes: Informer<Node>; readonly client: AgentClient }) {
    this.#nodes = options.nodes;
    this.#client = options.client;
  }

  async lastLines(of: NonNullable<AlertInstance['tail']>, signal: AbortSignal): Promise<readonly string[]> {
    const node = this.#nodes.get(of.node);
    const address = node && agentAddressOf(node);
    if (!address) return [];
    const [namespace, pod, container] = [of.namespace, of.pod, of.container].map(encodeURIComponent);
    const path = `/containerLogs/${namespace}/${pod}/${container}?tailLines=${LINES}`;
    try {
      const text = await this.#client.getText(address, path, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }, signal);
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.slice(-LINES).map((line) => line.slice(0, MAX_LINE));
    } catch {
      // An alert without its log lines is better than no alert.
      signal.throwIfAborted();
      return [];
    }
  }
}
