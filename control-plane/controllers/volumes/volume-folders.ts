import type { Node } from '../../../lib/kube/types.ts';

/** How the folders of local volumes are made and removed: by the agent of the node that they are on. Both may be repeated. Failures are `VigilError`s that say why. */
export interface VolumeFolders {
  /** Resolves with the path on the node. */
  make(node: Node, volume: string, signal: AbortSignal): Promise<string>;
  /** Removes the folder with everything in it; refused while a pod uses it. */
  remove(node: Node, volume: string, signal: AbortSignal): Promise<void>;
}
