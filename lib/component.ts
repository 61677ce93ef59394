import type { Logger } from './log.ts';

/**
 * A long-lived part. The constructor only stores; `start` does I/O and resolves when the part serves; `stop` is idempotent and
 * resolves when nothing of it is left running, at the latest when `deadline` aborts (then it lets go by force).
 */
export interface Component {
  readonly name: string;
  start(signal: AbortSignal): Promise<void>;
  stop(deadline: AbortSignal): Promise<void>;
}

/** Grace given to all components together when the process is asked to end. */
const STOP_DEADLINE_MS = 10_000;

/**
 * Starts components in order, waits for SIGTERM or SIGINT (or `signal`), then stops them in the reverse order.
 * If one fails to start, those already started are stopped and the error is thrown.
 */
export async function runComponents(components: readonly Component[], log: Logger, signal: AbortSignal): Promise<void> {
  const started: Component[] = [];
  try {
    for (const component of components) {
      signal.throwIfAborted();
      await component.start(signal);
      started.push(component);
      log.debug({ component: component.name }, 'component started');
    }
    await aborted(signal);
  } finally {
    const deadline = AbortSignal.timeout(STOP_DEADLINE_MS);
    for (const component of started.reverse()) {
      try {
        // One that ignores the deadline must not keep the others from being stopped.
        await Promise.race([component.stop(deadline), aborted(deadline)]);
      } catch (error) {
        log.warn({ component: component.name, err: error }, 'component did not stop cleanly');
      }
    }
  }
}

/** An `AbortSignal` that aborts on the first SIGTERM or SIGINT of this process. */
export function terminationSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => controller.abort(new Error(`received ${name}`)));
  }
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
