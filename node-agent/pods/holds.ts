import { VigilError } from '../../lib/errors.ts';
import { backOffDelayMs, type BackOffSettings } from './back-off.ts';
import type { WaitingReason } from './container-status.ts';
import { ImageError } from './image-error.ts';
import type { Hold } from './action.ts';

/** Delays after failures that are not a container's own: quick at first, since most are a matter of moments (an object not there yet). */
const quick: BackOffSettings = { initialMs: 500, maxMs: 30_000, resetAfterMs: Infinity };
/** For so long a failed pull is shown as the failure itself, then as the wait for the next. */
const SHOW_PULL_ERROR_MS = 1_000;

interface Failed extends Hold {
  readonly sinceMs: number;
  readonly failures: number;
  readonly code: string;
  readonly message: string;
  /** The image that could not be had. */
  readonly reference?: string | undefined;
}

/** What failed and is not tried again just yet, by what it kept busy (container name, `sandbox`, `volumes`). */
export class Holds {
  readonly #pull: BackOffSettings;
  readonly #held = new Map<string, Failed>();

  constructor(pull: BackOffSettings) {
    this.#pull = pull;
  }

  get view(): ReadonlyMap<string, Hold> {
    return this.#held;
  }

  failed(key: string, error: unknown, nowMs: number): void {
    const code = error instanceof VigilError ? error.code : 'FAILED';
    const before = this.#held.get(key);
    const failures = before?.code === code ? before.failures + 1 : 1;
    const delayMs = backOffDelayMs(failures, isPull(code) ? this.#pull : quick);
    const message = error instanceof Error ? error.message : String(error);
    const reference = error instanceof ImageError ? error.reference : undefined;
    this.#held.set(key, { sinceMs: nowMs, untilMs: nowMs + delayMs, failures, code, message, reference });
  }

  succeeded(key: string): void {
    this.#held.delete(key);
  }

  /** Why the last attempt failed, until one succeeds. */
  message(key: string): string | undefined {
    return this.#held.get(key)?.message;
  }

  /** Something that failures may have waited for is there now: try at once. */
  clearConfigFailures(): void {
    for (const [key, held] of this.#held) {
      if (held.code === 'CONTAINER_CONFIG_INVALID' || held.code === 'VOLUME_NOT_READY') this.#held.delete(key);
    }
  }

  /** When what `waitingReason` says will change by itself. */
  nextChangeMs(nowMs: number): number | undefined {
    const times = [...this.#held.values()]
      .filter((held) => isPull(held.code))
      .map((held) => held.sinceMs + SHOW_PULL_ERROR_MS)
      .filter((atMs) => atMs > nowMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Why a container of `image` does not run, in upstream's words. */
  waitingReason(container: string, image: string, nowMs: number): WaitingReason | undefined {
    const held = this.#held.get(container);
    if (!held) return undefined;
    switch (held.code) {
      case 'IMAGE_NEVER_PULLED':
        return { reason: 'ErrImageNeverPull', message: held.message };
      case 'IMAGE_NAME_INVALID':
        return { reason: 'InvalidImageName', message: held.message };
      case 'IMAGE_PULL_FAILED':
      case 'IMAGE_NOT_FOUND':
        if (nowMs - held.sinceMs < SHOW_PULL_ERROR_MS) return { reason: 'ErrImagePull', message: held.message };
        return {
          reason: 'ImagePullBackOff',
          message: `Back-off pulling image "${held.reference ?? image}": ErrImagePull: ${held.message}`,
        };
      case 'CONTAINER_CONFIG_INVALID':
        return { reason: 'CreateContainerConfigError', message: held.message };
      case 'CONTAINER_START_FAILED':
        return { reason: 'RunContainerError', message: held.message };
      default:
        return { reason: 'CreateContainerError', message: held.message };
    }
  }
}

function isPull(code: string): boolean {
  return code === 'IMAGE_PULL_FAILED' || code === 'IMAGE_NOT_FOUND' || code === 'IMAGE_NEVER_PULLED';
}
