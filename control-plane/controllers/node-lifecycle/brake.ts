import type { Profile } from '../../../lib/profiles.ts';

/** How many of the nodes are down, and what that means for evictions. */
export type Disruption = 'normal' | 'partial' | 'full';

/** So few nodes down are never a disruption of the whole, however few there are in all; upstream's figure. */
const MIN_NODES_FOR_PARTIAL = 3;

/**
 * `full` when no node is ready: then the fault is more likely here or in the network, and moving pods helps nobody. `partial` beyond the profile's
 * fraction.
 */
export function disruptionOf(downCount: number, totalCount: number, profile: Profile): Disruption {
  if (downCount > 0 && downCount === totalCount) return 'full';
  if (downCount >= MIN_NODES_FOR_PARTIAL && downCount / totalCount >= profile.unhealthyFraction) return 'partial';
  return 'normal';
}

/** Lets nodes be evicted at the profile's rate: at once, slowly, or not at all. */
export class EvictionBrake {
  readonly #profile: Profile;
  /** When the next node may be evicted, by the monotonic clock. */
  #nextMs = 0;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** Milliseconds until a node may be evicted: 0 = now, and that one is counted. `undefined` = not while things stand like this. */
  admit(disruption: Disruption, nowMs: number): number | undefined {
    if (disruption === 'full') return undefined;
    const perSecond =
      disruption === 'partial' ? this.#profile.slowNodeEvictionsPerSecond : this.#profile.nodeEvictionsPerSecond;
    if (perSecond <= 0) return undefined;
    if (nowMs < this.#nextMs) return this.#nextMs - nowMs;
    this.#nextMs = nowMs + 1000 / perSecond;
    return 0;
  }
}
