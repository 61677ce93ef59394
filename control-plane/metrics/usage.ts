import type { UsageSample } from './stats-summary.ts';

/** What something uses: the mean CPU of the window that ends at `timeMs`, and the memory at that moment. */
export interface Usage {
  readonly timeMs: number;
  readonly windowMs: number;
  /** Billionths of a core. */
  readonly nanoCores: number;
  readonly memoryBytes: number;
}

/** Readings nearer than this give a rate that says more about the clock than about the load. */
const MIN_WINDOW_MS = 900;
/** What an agent's own rate is taken over. */
const AGENT_WINDOW_MS = 10_000;

/** Usage between two readings. A counter that went back belongs to another run: nothing can be said yet, unless the agent says it itself. */
export function usageBetween(before: UsageSample | undefined, after: UsageSample): Usage | undefined {
  const { timeMs, memoryBytes } = after;
  const windowMs = before ? timeMs - before.timeMs : 0;
  if (before && windowMs >= MIN_WINDOW_MS && after.cpuNanos >= before.cpuNanos) {
    const nanoCores = Math.round((after.cpuNanos - before.cpuNanos) / (windowMs / 1000));
    return { timeMs, windowMs, nanoCores, memoryBytes };
  }
  if (after.nanoCores === undefined) return undefined;
  return { timeMs, windowMs: AGENT_WINDOW_MS, nanoCores: after.nanoCores, memoryBytes };
}
