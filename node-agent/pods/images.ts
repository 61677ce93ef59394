import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Pod, Secret } from '../../lib/kube/types.ts';
import type { ImageDetail, RegistryLogin, Runtime } from '../runtime/runtime.ts';
import type { EventSink } from './event-sink.ts';
import { goDuration } from './back-off.ts';
import { ImageError } from './image-error.ts';
import { loginFor } from './registry-login.ts';

/** A pull that takes longer is given up and tried again. */
const PULL_TIMEOUT_MS = 600_000;

export interface ImagesOptions {
  readonly runtime: Runtime;
  readonly events: EventSink;
  readonly clock: Clock;
  readonly secretsOf: (pod: Pod) => Promise<readonly Secret[]>;
}

/** An image that a container is made of, or that a volume shows. */
export interface WantedImage {
  readonly reference: string;
  /** As the API defaults it, when absent. */
  readonly policy?: string | undefined;
  /** The container whose it is; absent = a volume's. */
  readonly container?: string | undefined;
}

/** Brings images onto the node as their pull policies ask. Pulls of the same image at the same time are one pull. */
export class Images {
  readonly #options: ImagesOptions;
  readonly #pulls = new Map<string, Promise<void>>();

  constructor(options: ImagesOptions) {
    this.#options = options;
  }

  /** Resolves when the image is there. Throws an `ImageError`: `IMAGE_NEVER_PULLED`, `IMAGE_NAME_INVALID` or `IMAGE_PULL_FAILED` with the engine's reason. */
  async ensure(
    pod: Pod,
    { reference, policy = defaultPolicy(reference), container }: WantedImage,
  ): Promise<ImageDetail> {
    const { runtime, events } = this.#options;
    if (!isReference(reference)) {
      throw new ImageError(
        'IMAGE_NAME_INVALID',
        'invalid',
        reference,
        `Failed to apply default image tag "${reference}": couldn't parse image reference "${reference}": invalid reference format`,
      );
    }
    const present = await runtime.image(reference);
    // An image that no registry has ever given cannot be asked for again: the local one is the only one there is.
    const isLocalOnly = present !== undefined && present.digests.length === 0;
    if (present && (policy !== 'Always' || isLocalOnly)) {
      events.event(pod, 'Normal', 'Pulled', `Container image "${reference}" already present on machine`, container);
      return present;
    }
    if (policy === 'Never') {
      throw new ImageError(
        'IMAGE_NEVER_PULLED',
        'terminal',
        reference,
        `Container image "${reference}" is not present with pull policy of Never`,
      );
    }
    events.event(pod, 'Normal', 'Pulling', `Pulling image "${reference}"`, container);
    const beginMs = this.#options.clock.monotonicMs();
    await this.#pull(pod, reference);
    const pulled = await runtime.image(reference);
    if (!pulled) throw pullFailed(reference, new Error(`image "${reference}" is not there after it was pulled`));
    const took = goDuration(this.#options.clock.monotonicMs() - beginMs);
    events.event(pod, 'Normal', 'Pulled', `Successfully pulled image "${reference}" in ${took}`, container);
    return pulled;
  }

  async #pull(pod: Pod, reference: string): Promise<void> {
    const running = this.#pulls.get(reference);
    if (running) return running;
    const pull = this.#pullNow(pod, reference).finally(() => this.#pulls.delete(reference));
    this.#pulls.set(reference, pull);
    return pull;
  }

  async #pullNow(pod: Pod, reference: string): Promise<void> {
    const login = await this.#login(pod, reference);
    try {
      await this.#options.runtime.pull(reference, login, AbortSignal.timeout(PULL_TIMEOUT_MS));
    } catch (error) {
      throw pullFailed(reference, error);
    }
  }

  async #login(pod: Pod, reference: string): Promise<RegistryLogin | undefined> {
    const secrets = await this.#options.secretsOf(pod);
    return loginFor(reference, secrets);
  }
}

function pullFailed(reference: string, cause: unknown): ImageError {
  return new ImageError('IMAGE_PULL_FAILED', 'transient', reference, messageOf(cause), { cause });
}

/** As the API defaults it: `Always` for `:latest` and no tag, else `IfNotPresent`. */
function defaultPolicy(reference: string): string {
  const name = reference.split('/').at(-1) ?? '';
  if (name.includes('@')) return 'IfNotPresent';
  return !name.includes(':') || name.endsWith(':latest') ? 'Always' : 'IfNotPresent';
}

/** `[host[:port]/]path[:tag][@digest]`, lower case but for tag and digest. */
function isReference(text: string): boolean {
  return /^([A-Za-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[A-Za-z0-9_][\w.-]{0,127})?(@[a-z0-9+.-]+:[0-9a-f]{32,})?$/.test(
    text,
  );
}
