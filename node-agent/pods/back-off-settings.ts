import type { NodeAgentConfig } from '../../lib/config/node-agent.ts';
import type { Profile } from '../../lib/profiles.ts';
import type { BackOffSettings } from './back-off.ts';

/** Upstream's initial delay: a smaller maximum is the initial delay too. */
const USUAL_INITIAL_MS = 10_000;
/** What `maxContainerRestartPeriod` may be. */
const MIN_PERIOD_MS = 1_000;
const MAX_PERIOD_MS = 300_000;

/** The back-off of restarts: the profile's figures, those of the configuration in their place. */
export function backOffSettings(configured: NodeAgentConfig['crashLoopBackOff'], profile: Profile): BackOffSettings {
  const period = configured?.maxContainerRestartPeriodMs;
  const maxMs =
    period === undefined ? profile.crashLoopMaxMs : Math.min(Math.max(period, MIN_PERIOD_MS), MAX_PERIOD_MS);
  const usualMs = period !== undefined && maxMs < USUAL_INITIAL_MS ? maxMs : profile.crashLoopInitialMs;
  return {
    initialMs: configured?.initialMs ?? Math.min(usualMs, maxMs),
    maxMs,
    resetAfterMs: profile.crashLoopResetMs,
  };
}
