import type { Clock } from '../clock.ts';
import type { Component } from '../component.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isAlreadyExists, isConflict, isNotFound, type KubeClient } from './client.ts';
import { leases } from './resources.ts';
import { kubeMicroTime } from './time.ts';
import type { Lease } from './types.ts';

/** Whoever does not renew for this long may be replaced. */
const LEASE_MS = 15_000;
/** Who leads gives up after this long without a renewal, well before somebody else may begin. */
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;

export interface LeaderElectionOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the Lease. */
  readonly namespace: string;
  readonly name: string;
  /** Unique among those who want to lead. */
  readonly identity: string;
  /** What only one of them may run, in the order in which it starts. */
  readonly components: readonly Component[];
  /** The lead was lost: what was started can no longer be trusted to be alone, and the process should end. */
  readonly onLost: () => void;
}

/** What was last seen of the Lease, and when: by this clock, so that clocks need not agree. */
interface Seen {
  readonly lease: Lease | undefined;
  readonly atMs: number;
}

/** Whether the Lease is free for this identity. Pure. */
export function mayTake({ lease, atMs }: Seen, identity: string, nowMs: number): boolean {
  const { holderIdentity, leaseDurationSeconds = LEASE_MS / 1000 } = lease?.spec ?? {};
  return !holderIdentity || holderIdentity === identity || nowMs - atMs > leaseDurationSeconds * 1000;
}

/**
 * Runs components in one of several processes at a time, by holding a Lease. Source: `client-go/tools/leaderelection`.
 *
 * waiting ── the Lease is free ──▶ leading ── not renewed in time ──▶ lost
 */
export class LeaderElection implements Component {
  readonly name = 'leader election';
  readonly #options: LeaderElectionOptions;
  readonly #stop = new AbortController();
  #seen: Seen = { lease: undefined, atMs: -Infinity };
  #isLeading = false;
  #started: Component[] = [];
  #running: Promise<void> | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
  }

  get isLeading(): boolean {
    return this.#isLeading;
  }

  start(): Promise<void> {
    this.#running = this.#run();
    return Promise.resolve();
  }

  async stop(deadline: AbortSignal): Promise<void> {
    this.#stop.abort(new Error('the process stops'));
    await this.#running;
    for (const component of this.#started.toReversed()) await component.stop(deadline);
    this.#started = [];
    if (this.#isLeading) await this.#release(deadline);
    this.#isLeading = false;
  }

  async #run(): Promise<void> {
    const { clock, log, identity, components, onLost } = this.#options;
    const { signal } = this.#stop;
    let renewedMs = clock.monotonicMs();
    while (!signal.aborted) {
      const isHeld = await this.#tryHold(signal);
      const nowMs = clock.monotonicMs();
      if (isHeld) renewedMs = nowMs;
      if (isHeld && !this.#isLeading) {
        this.#isLeading = true;
        log.info({ identity }, 'this process leads');
        for (const component of components) {
          this.#started.push(component);
          await component.start(signal);
        }
      }
      const hasLost = this.#isLeading && !isHeld && (nowMs - renewedMs > RENEW_DEADLINE_MS || this.#isHeldByAnother());
      if (hasLost) {
        this.#isLeading = false;
        log.error({ identity, holder: this.#seen.lease?.spec?.holderIdentity }, 'the lead was lost');
        onLost();
        return;
      }
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }

  #isHeldByAnother(): boolean {
    const holder = this.#seen.lease?.spec?.holderIdentity;
    return Boolean(holder) && holder !== this.#options.identity;
  }

  async #tryHold(signal: AbortSignal): Promise<boolean> {
    const { client, clock, log, namespace, name, identity } = this.#options;
    try {
      const lease = await this.#read(signal);
      const nowMs = clock.monotonicMs();
      if (lease?.metadata?.resourceVersion !== this.#seen.lease?.metadata?.resourceVersion || !lease)
        this.#seen = { lease, atMs: nowMs };
      if (!mayTake(this.#seen, identity, nowMs)) return false;
      const time = kubeMicroTime(clock.now());
      const isOurs = lease?.spec?.holderIdentity === identity;
      const spec = {
        holderIdentity: identity,
        leaseDurationSeconds: LEASE_MS / 1000,
        acquireTime: isOurs ? lease.spec?.acquireTime : time,
        renewTime: time,
        leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + (isOurs ? 0 : 1),
      };
      const written = lease
        ? await client.update(leases, { ...lease, spec }, {}, signal)
        : await client.create(leases, { metadata: { namespace, name }, spec }, {}, signal);
      this.#seen = { lease: written, atMs: nowMs };
      return true;
    } catch (error) {
      if (!signal.aborted && !isConflict(error) && !isAlreadyExists(error))
        log.warn({ reason: messageOf(error) }, 'the lease cannot be read or written');
      return false;
    }
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      return await client.get(leases, { namespace, name }, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** So that the next one need not wait. */
  async #release(deadline: AbortSignal): Promise<void> {
    const { lease } = this.#seen;
    if (!lease || deadline.aborted) return;
    try {
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
      await this.#options.client.update(leases, { ...lease, spec }, {}, deadline);
    } catch {
      // It runs out by itself.
    }
  }
}
