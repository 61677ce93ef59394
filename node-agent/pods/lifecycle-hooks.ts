import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Container } from '../../lib/kube/types.ts';
import type { CheckRunner } from '../probes/probe-manager.ts';
import { httpGetCheck, type Check } from '../probes/probe-spec.ts';
import type { EngineContainer } from '../runtime/runtime.ts';

type Handler = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;

/** A postStart hook has no limit of its own upstream; without one a hung hook would hold its container for ever. */
export const POST_START_TIMEOUT_MS = 120_000;

export interface HookTarget {
  readonly container: Container;
  readonly run: EngineContainer;
  readonly podIP: string | undefined;
}

/** Runs a lifecycle hook to its end or for `timeoutMs`. Resolves with why it failed, or `undefined`. */
export async function runHook(
  handler: Handler,
  target: HookTarget,
  runCheck: CheckRunner,
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (handler.sleep) {
    await clock.sleep(Math.min(handler.sleep.seconds * 1000, timeoutMs), signal);
    return undefined;
  }
  const check: Check | undefined = handler.exec
    ? { kind: 'exec', command: handler.exec.command ?? [] }
    : handler.httpGet
      ? httpGetCheck(target.container, handler.httpGet)
      : undefined;
  if (!check) return undefined;
  try {
    const outcome = await runCheck(check, target.run, target.podIP, timeoutMs, signal);
    return outcome.result === 'success' ? undefined : outcome.output;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}
