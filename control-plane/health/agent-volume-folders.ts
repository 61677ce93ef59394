import { VigilError } from '../../lib/errors.ts';
import type { Node } from '../../lib/kube/types.ts';
import { agentAddressOf } from './agent-address.ts';
import type { HttpsAgentClient } from './agent-client.ts';

/** A folder with very many files takes a while to remove; what is not done by then is gone on with at the next attempt. */
const TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** The folders of local volumes, made and removed by the agents of their nodes. */
export class AgentVolumeFolders {
  readonly #agents: HttpsAgentClient;

  constructor(agents: HttpsAgentClient) {
    this.#agents = agents;
  }

  /** Resolves with the path on the node. Throws `VigilError`. */
  async make(node: Node, volume: string, signal: AbortSignal): Promise<string> {
    const { path } = JSON.parse(await this.#send('PUT', node, volume, signal)) as { readonly path?: unknown };
    if (typeof path === 'string' && path.startsWith('/')) return path;
    throw new VigilError('AGENT_ANSWER', 'terminal', `agent of ${node.metadata?.name ?? ''} named no path`);
  }

  /** Removes the folder with everything in it. Throws `VigilError`, also while a pod uses it. */
  async remove(node: Node, volume: string, signal: AbortSignal): Promise<void> {
    await this.#send('DELETE', node, volume, signal);
  }

  #send(method: 'PUT' | 'DELETE', node: Node, volume: string, signal: AbortSignal): Promise<string> {
    const address = agentAddressOf(node);
    if (!address) {
      const name = node.metadata?.name ?? '';
      throw new VigilError('AGENT_UNREACHABLE', 'transient', `agent of ${name}: the node has no address`);
    }
    const path = `/vigil/v1/volumes/${encodeURIComponent(volume)}`;
    return this.#agents.send(method, address, path, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES }, signal);
  }
}
