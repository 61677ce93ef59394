import type { SeatLimits } from './seat-limits.ts';

/** One level's part of the pool. Only the pool writes to it. */
export interface SeatShare {
  limits: SeatLimits;
  used: number;
}

/**
 * The server's seats. What each level never lends is kept for it, used or not; whatever else is free goes to whoever asks, up to his upper limit. So a level can
 * always have its lower limit, borrowed seats come back as their requests end, and the seats in use are never more than there are.
 */
export class SeatPool {
  #total = 0;
  /** Seats that are used or kept: the sum over the levels of the greater of both. */
  #reserved = 0;

  get total(): number {
    return this.#total;
  }

  /** Takes up new limits. The shares are all that there are from now on; none that is in use may be missing. */
  setShares(shares: readonly SeatShare[]): void {
    this.#total = shares.reduce((sum, { limits }) => sum + limits.nominal, 0);
    this.#reserved = shares.reduce((sum, share) => sum + reservedBy(share, share.used), 0);
  }

  mayTake(share: SeatShare, seats: number): boolean {
    const { lower, upper } = share.limits;
    const wanted = share.used + seats;
    if (wanted <= lower) return true;
    if (wanted > upper) return false;
    return this.#reserved - reservedBy(share, share.used) + wanted <= this.#total;
  }

  take(share: SeatShare, seats: number): void {
    this.#use(share, share.used + seats);
  }

  giveBack(share: SeatShare, seats: number): void {
    this.#use(share, share.used - seats);
  }

  /** How many seats a level could use in all as things are now. */
  reachOf(share: SeatShare): number {
    const free = this.#total - this.#reserved + reservedBy(share, share.used);
    return Math.max(share.limits.lower, Math.min(share.limits.upper, free));
  }

  #use(share: SeatShare, used: number): void {
    this.#reserved += reservedBy(share, used) - reservedBy(share, share.used);
    share.used = used;
  }
}

function reservedBy({ limits }: SeatShare, used: number): number {
  return Math.max(limits.lower, used);
}
