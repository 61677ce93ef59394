import type { AlertState } from '../../lib/alerts-api.ts';

/** A receiver that took a message in none of its attempts is tried anew after this time, for as long as there is something to say. */
const RETRY_FAILED_MS = 60_000;

/** What one receiver knows of one alert. */
export interface Told {
  readonly what: 'firing' | 'resolved';
  readonly outcome: 'sending' | 'delivered' | 'failed';
  /** Whether a message that it fires was ever delivered. */
  readonly knows: boolean;
  readonly atMs: number;
}

/**
 * Whether a receiver is to be told now.
 *
 * | alert    | never told | told that it fires                                    | told that it is over             |
 * |----------|------------|-------------------------------------------------------|----------------------------------|
 * | firing   | yes        | again after `repeatMs`; after a minute when it failed | yes                              |
 * | resolved | no         | yes, if the receiver knows of it                      | after a minute when it failed    |
 */
export function isDue(state: AlertState, told: Told | undefined, repeatMs: number, nowMs: number): boolean {
  if (state === 'pending' || told?.outcome === 'sending') return false;
  if (!told) return state === 'firing';
  if (told.what !== state) return state === 'firing' || told.knows;
  if (told.outcome === 'failed') return nowMs - told.atMs >= RETRY_FAILED_MS;
  return state === 'firing' && nowMs - told.atMs >= repeatMs;
}

/** What all receivers know of all alerts. Bounded by the alerts that are kept. */
export class ToldLedger {
  readonly #alerts = new Map<string, Map<string, Told>>();

  get(fingerprint: string, receiver: string): Told | undefined {
    return this.#alerts.get(fingerprint)?.get(receiver);
  }

  of(fingerprint: string): ReadonlyMap<string, Told> {
    return this.#alerts.get(fingerprint) ?? new Map<string, Told>();
  }

  set(fingerprint: string, receiver: string, told: Told): void {
    const receivers = this.#alerts.get(fingerprint) ?? new Map<string, Told>();
    this.#alerts.set(fingerprint, receivers.set(receiver, told));
  }

  sending(fingerprint: string, receiver: string, what: Told['what'], nowMs: number): void {
    const knows = this.get(fingerprint, receiver)?.knows ?? false;
    this.set(fingerprint, receiver, { what, outcome: 'sending', knows, atMs: nowMs });
  }

  /** The message that was being sent was taken, or given up. */
  settle(fingerprint: string, receiver: string, delivered: boolean, nowMs: number): void {
    const told = this.get(fingerprint, receiver);
    if (!told) return;
    const knows = told.what === 'firing' ? told.knows || delivered : told.knows && !delivered;
    this.set(fingerprint, receiver, { ...told, outcome: delivered ? 'delivered' : 'failed', knows, atMs: nowMs });
  }

  forget(fingerprint: string): void {
    this.#alerts.delete(fingerprint);
  }
}
