import type { Clock } from '../../../lib/clock.ts';
import type { Lease, Node } from '../../../lib/kube/types.ts';

interface Heartbeat {
  /** What was last seen; a change is a sign of life. The agent's clock is not compared with ours. */
  renewTime: string | undefined;
  statusTime: string | undefined;
  /** When it changed, by our monotonic clock. */
  atMs: number;
}

/**
 * When each node was last heard of: a renewed lease or a written status, timed by this process's own clock. What this process did not see because it was itself
 * stopped is not held against the nodes: see `forgive`.
 */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #beats = new Map<string, Heartbeat>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  sawNode(node: Node): void {
    const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
    // The control plane writes `Unknown` itself: that is no sign of life.
    const statusTime = ready?.status === 'Unknown' ? undefined : ready?.lastHeartbeatTime;
    const beat = this.#of(node.metadata?.name ?? '');
    if (statusTime !== undefined && statusTime !== beat.statusTime) {
      beat.statusTime = statusTime;
      beat.atMs = this.#clock.monotonicMs();
    }
  }

  sawLease(lease: Lease): void {
    const beat = this.#of(lease.metadata?.name ?? '');
    const renewTime = lease.spec?.renewTime;
    if (renewTime !== undefined && renewTime !== beat.renewTime) {
      beat.renewTime = renewTime;
      beat.atMs = this.#clock.monotonicMs();
    }
  }

  forget(node: string): void {
    this.#beats.delete(node);
  }

  /** How long the node has been silent. A node never asked about before has just been met. */
  ageMs(node: string): number {
    return this.#clock.monotonicMs() - this.#of(node).atMs;
  }

  /** This process stood still for `stallMs`: every node gets that time on top. */
  forgive(stallMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    for (const beat of this.#beats.values()) beat.atMs = Math.min(nowMs, beat.atMs + stallMs);
  }

  #of(node: string): Heartbeat {
    let beat = this.#beats.get(node);
    if (!beat) {
      beat = { renewTime: undefined, statusTime: undefined, atMs: this.#clock.monotonicMs() };
      this.#beats.set(node, beat);
    }
    return beat;
  }
}
