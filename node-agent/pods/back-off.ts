/** How long a container that ended waits before it runs again. Milliseconds. */
export interface BackOffSettings {
  readonly initialMs: number;
  readonly maxMs: number;
  /** A run this long wipes the slate clean. */
  readonly resetAfterMs: number;
}

/** What is known of a run that ended. `backOffStep` is kept on the engine as a label, so that back-off survives the agent. */
export interface EndedRun {
  readonly backOffStep: number;
  readonly startedAtMs?: number | undefined;
  readonly finishedAtMs: number;
}

export interface NextRun {
  /** Step of the run to come. */
  readonly backOffStep: number;
  readonly notBeforeMs: number;
  readonly delayMs: number;
}

/** Beyond this many doublings every sensible maximum is reached. */
const MAX_DOUBLINGS = 30;

/** The delay before restart number `step` in a row: none before the first, then `initialMs`, doubling up to `maxMs`. */
export function backOffDelayMs(step: number, settings: BackOffSettings): number {
  if (step <= 0) return 0;
  return Math.min(settings.initialMs * 2 ** Math.min(step - 1, MAX_DOUBLINGS), settings.maxMs);
}

/** When and as which step a container runs again after `ended`. */
export function nextRun(ended: EndedRun, settings: BackOffSettings): NextRun {
  const ranMs = ended.startedAtMs === undefined ? 0 : ended.finishedAtMs - ended.startedAtMs;
  const step = ranMs >= settings.resetAfterMs ? 0 : ended.backOffStep;
  const delayMs = backOffDelayMs(step, settings);
  return { backOffStep: step + 1, notBeforeMs: ended.finishedAtMs + delayMs, delayMs };
}

/** `40s`, `1m20s`, `5m0s`: as Go prints durations, which is what people grep for. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
