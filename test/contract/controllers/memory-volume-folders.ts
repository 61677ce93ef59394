import type { VolumeFolders } from '../../../control-plane/controllers/volumes/volume-folders.ts';
import { VigilError } from '../../../lib/errors.ts';
import type { Node } from '../../../lib/kube/types.ts';

/** Folders that exist as names only: `node-1/pvc-…`. */
export class MemoryVolumeFolders implements VolumeFolders {
  readonly present = new Set<string>();
  /** Asked for folders on these nodes it fails, as an agent that does not answer. */
  readonly silent = new Set<string>();

  make(node: Node, volume: string): Promise<string> {
    const key = this.#key(node, volume);
    if (typeof key !== 'string') return Promise.reject(key);
    this.present.add(key);
    return Promise.resolve(`/volumes/${key}`);
  }

  remove(node: Node, volume: string): Promise<void> {
    const key = this.#key(node, volume);
    if (typeof key !== 'string') return Promise.reject(key);
    this.present.delete(key);
    return Promise.resolve();
  }

  #key(node: Node, volume: string): string | VigilError {
    const name = node.metadata?.name ?? '';
    return this.silent.has(name)
      ? new VigilError('AGENT_UNREACHABLE', 'transient', `agent of ${name} does not answer`)
      : `${name}/${volume}`;
  }
}
