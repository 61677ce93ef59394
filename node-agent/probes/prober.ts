import type { Clock } from '../../lib/clock.ts';
import type { ProbeRecord } from '../../lib/signals/records.ts';
import type { CheckOutcome } from './check-outcome.ts';
import { decide, type ProbeState } from './decide.ts';
import type { ProbeSpec } from './probe-spec.ts';

/** An attempt that could not be made is tried again at once, so often. */
const MAX_TRIES = 3;

export interface ProberOptions {
  readonly spec: ProbeSpec;
  readonly state: ProbeState;
  readonly clock: Clock;
  /** Wall time at which the container began. */
  readonly startedAtMs: number;
  /** Added to the first delay, when the agent itself has just started. */
  readonly jitterMs: number;
  readonly attempt: (signal: AbortSignal) => Promise<CheckOutcome>;
  /** Told of each attempt, after `state` was changed. */
  readonly onAttempt: (prober: Prober, attempt: Attempt) => void;
}

export type Attempt = Pick<
  ProbeRecord,
  'outcome' | 'run' | 'threshold' | 'action' | 'latencyMs' | 'output' | 'periodMs'
> & {
  readonly atMs: number;
  readonly isWarning: boolean;
};

/**
 * One probe of one run of a container.
 *
 * | state | until |
 * |---|---|
 * | idle | `run` is called |
 * | waiting | the period (or the first delay) is over, or `runNow` |
 * | trying | the check has answered |
 * | held | for ever: a liveness or startup probe at its threshold waits for a new container |
 * | stopped | for ever |
 */
export class Prober {
  readonly spec: ProbeSpec;
  readonly #options: ProberOptions;
  readonly #stop = new AbortController();
  #state: ProbeState;
  #phase: 'idle' | 'waiting' | 'trying' | 'held' | 'stopped' = 'idle';
  #cancel: () => void = () => {};

  constructor(options: ProberOptions) {
    this.#options = options;
    this.spec = options.spec;
    this.#state = options.state;
    if (options.spec.type !== 'readiness' && options.state.published === 'failure') this.#phase = 'held';
  }

  get state(): ProbeState {
    return this.#state;
  }

  get phase(): string {
    return this.#phase;
  }

  /** Begins; the first attempt comes after the initial delay counted from the container's start. */
  run(): void {
    if (this.#phase !== 'idle') return;
    const { clock, startedAtMs, jitterMs, spec } = this.#options;
    const delayMs = Math.max(0, startedAtMs + spec.initialDelayMs - clock.now());
    this.#wait(delayMs + jitterMs);
  }

  /** Begins or goes on at once, but never before the initial delay is over. */
  runNow(): void {
    if (this.#phase !== 'idle' && this.#phase !== 'waiting') return;
    const { clock, startedAtMs, spec } = this.#options;
    this.#cancel();
    this.#wait(Math.max(0, startedAtMs + spec.initialDelayMs - clock.now()));
  }

  stop(): void {
    this.#phase = 'stopped';
    this.#cancel();
    this.#stop.abort(new Error('probe stopped'));
  }

  #wait(delayMs: number): void {
    this.#phase = 'waiting';
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#phase = 'trying';
      this.#try().catch(() => undefined);
    });
  }

  async #try(): Promise<void> {
    const { clock, onAttempt } = this.#options;
    const atMs = clock.now();
    const beginMs = clock.monotonicMs();
    let outcome: CheckOutcome = { result: 'errored', output: '' };
    for (let tries = 0; tries < MAX_TRIES && outcome.result === 'errored'; tries++) {
      outcome = await this.#options.attempt(this.#stop.signal);
    }
    if (this.#isStopped) return;
    const endMs = clock.monotonicMs();
    const decision = decide(this.#state, this.spec, outcome.result);
    this.#state = decision.state;
    const periodMs = this.#periodMs();
    const { run, threshold, action } = decision;
    if (action === 'restart') this.#phase = 'held';
    else this.#wait(Math.max(0, periodMs - (endMs - beginMs)));
    onAttempt(this, {
      atMs,
      outcome: decision.outcome,
      run,
      threshold,
      action,
      latencyMs: Math.round((endMs - beginMs) * 1000) / 1000,
      output: outcome.output,
      isWarning: outcome.isWarning === true,
      periodMs,
    });
  }

  get #isStopped(): boolean {
    return this.#phase === 'stopped';
  }

  /** Fast until the first success, then as the spec says. */
  #periodMs(): number {
    const isStarting = this.spec.type !== 'liveness' && this.#state.published !== 'success';
    return isStarting ? this.spec.startPeriodMs : this.spec.periodMs;
  }
}
