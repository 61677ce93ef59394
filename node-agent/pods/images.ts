import type { Clock } from '../../lib/clock.ts';
import { messageOf, VigilError } from '../../lib/errors.ts';
import type { Container, Pod, Secret } from '../../lib/kube/types.ts';
import type { ImageDetail, RegistryLogin, Runtime } from '../runtime/runtime.ts';
import type { EventSink } from './event-sink.ts';
import { goDuration } from './back-off.ts';
import { loginFor } from './registry-login.ts';

/** A pull that takes longer is given up and tried again. */
const PULL_TIMEOUT_MS = 600_000;

export interface ImagesOptions {
  readonly runtime: Runtime;
  readonly events: EventSink;
  readonly clock: Clock;
  readonly secretsOf: (pod: Pod) => Promise<readonly Secret[]>;
}

/** Brings images onto the node as each container's pull policy asks. Pulls of the same image at the same time are one pull. */
export class Images {
  readonly #options: ImagesOptions;
  readonly #pulls = new Map<string, Promise<void>>();

  constructor(options: ImagesOptions) {
    this.#options = options;
  }

  /** Resolves when the image is there. Throws `IMAGE_NEVER_PULLED`, `IMAGE_NAME_INVALID` or `IMAGE_PULL_FAILED` with the engine's reason. */
  async ensure(pod: Pod, container: Container): Promise<ImageDetail> {
    const { runtime, events } = this.#options;
    const reference = container.image ?? '';
    if (!isReference(reference)) {
      throw new VigilError(
        'IMAGE_NAME_INVALID',
        'invalid',
        `Failed to apply default image tag "${reference}": couldn't parse image reference "${reference}": invalid reference format`,
      );
    }
    const present = await runtime.image(reference);
    const policy = pullPolicy(container);
    // An image that no registry has ever given cannot be asked for again: the local one is the only one there is.
    const isLocalOnly = present !== undefined && present.digests.length === 0;
    if (present && (policy !== 'Always' || isLocalOnly)) {
      events.event(
        pod,
        'Normal',
        'Pulled',
        `Container image "${reference}" already present on machine`,
        container.name,
      );
      return present;
    }
    if (policy === 'Never') {
      throw new VigilError(
        'IMAGE_NEVER_PULLED',
        'terminal',
        `Container image "${reference}" is not present with pull policy of Never`,
      );
    }
    events.event(pod, 'Normal', 'Pulling', `Pulling image "${reference}"`, container.name);
    const beginMs = this.#options.clock.monotonicMs();
    await this.#pull(pod, reference);
    const pulled = await runtime.image(reference);
    if (!pulled)
      throw new VigilError('IMAGE_PULL_FAILED', 'transient', `image "${reference}" is not there after it was pulled`);
    const took = goDuration(this.#options.clock.monotonicMs() - beginMs);
    events.event(pod, 'Normal', 'Pulled', `Successfully pulled image "${reference}" in ${took}`, container.name);
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
      if (error instanceof VigilError) throw error;
      throw new VigilError('IMAGE_PULL_FAILED', 'transient', messageOf(error), { cause: error });
    }
  }

  async #login(pod: Pod, reference: string): Promise<RegistryLogin | undefined> {
    const secrets = await this.#options.secretsOf(pod);
    return loginFor(reference, secrets);
  }
}

/** As the API defaults it: `Always` for `:latest` and no tag, else `IfNotPresent`. */
function pullPolicy(container: Container): string {
  if (container.imagePullPolicy) return container.imagePullPolicy;
  const name = (container.image ?? '').split('/').at(-1) ?? '';
  if (name.includes('@')) return 'IfNotPresent';
  return !name.includes(':') || name.endsWith(':latest') ? 'Always' : 'IfNotPresent';
}

/** `[host[:port]/]path[:tag][@digest]`, lower case but for tag and digest. */
function isReference(text: string): boolean {
  return /^([A-Za-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[A-Za-z0-9_][\w.-]{0,127})?(@[a-z0-9+.-]+:[0-9a-f]{32,})?$/.test(
    text,
  );
}
