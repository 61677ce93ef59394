import { join } from 'node:path';
import type { Pod } from '../../lib/kube/types.ts';

/** Where things of pods lie below the agent's state folder. The folder itself is 0700, so what pods may read is still private to root on the machine. */
export class PodFiles {
  readonly #stateDir: string;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
  }

  get podsDir(): string {
    return join(this.#stateDir, 'pods');
  }

  /** Persistent volumes, which are no pod's. */
  get lentDir(): string {
    return join(this.#stateDir, 'volumes');
  }

  /** Files of images, a folder each, which are no pod's. */
  get imagesDir(): string {
    return join(this.#stateDir, 'images');
  }

  podDir(uid: string): string {
    return join(this.podsDir, safeSegment(uid));
  }

  etcHosts(uid: string): string {
    return join(this.podDir(uid), 'etc-hosts');
  }

  resolvConf(uid: string): string {
    return join(this.podDir(uid), 'resolv.conf');
  }

  /** The file that a run of a container may write its last words to. */
  terminationLog(uid: string, container: string, restartCount: number): string {
    return join(this.podDir(uid), 'containers', safeSegment(container), `termination-${restartCount}`);
  }

  /** As the kubelet names them: `volumes/kubernetes.io~configmap/<name>`. */
  volume(uid: string, kind: string, name: string): string {
    return join(this.volumesDir(uid, kind), safeSegment(name));
  }

  /** The volumes of one kind of a pod. */
  volumesDir(uid: string, kind: string): string {
    return join(this.podDir(uid), this.volumesOfKind(kind));
  }

  /** Below a pod's folder. */
  volumesOfKind(kind: string): string {
    return join('volumes', `kubernetes.io~${kind}`);
  }
}

/** Names come from the API, which checks them; this is the second lock on paths. */
function safeSegment(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9._-]/g, '_');
  return safe === '.' || safe === '..' || safe === '' ? '_' : safe;
}

/** What a pod calls itself. */
export function podHostname(pod: Pod): string {
  const name = pod.spec?.hostname || pod.metadata?.name || 'pod';
  // The kernel's limit; upstream cuts and takes trailing separators off.
  return name.slice(0, 63).replace(/[-.]+$/, '');
}
