import { comparePositions, type LogPosition } from '../../lib/log-position.ts';

/** Containers remembered at most; a workload that restarts more often than this within one call forgets its oldest runs. */
const MAX_CONTAINERS = 10_000;

/**
 * What has been printed, as one position a container. The lines of a container are handed over in order of position, so a line at or before the
 * last one printed is a repetition: history and live stream overlap without a double, and a stream can go on where it broke.
 */
export class Ledger {
  readonly #last = new Map<string, LogPosition>();

  /** True exactly once for each line. */
  admit(line: { readonly containerId: string; readonly position: LogPosition }): boolean {
    const last = this.#last.get(line.containerId);
    if (last && comparePositions(line.position, last) <= 0) return false;
    this.#last.set(line.containerId, line.position);
    if (this.#last.size > MAX_CONTAINERS) {
      const oldest = this.#last.keys().next();
      if (!oldest.done) this.#last.delete(oldest.value);
    }
    return true;
  }

  /** Where the stream of a container goes on. */
  lastOf(containerId: string): LogPosition | undefined {
    return this.#last.get(containerId);
  }
}
