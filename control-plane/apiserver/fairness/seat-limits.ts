import type { PriorityLevelConfiguration } from '../../../lib/kube/types.ts';

/** How many seats (requests that are worked at a time) a priority level has: its own, those it never lends, and how many it may have with what it borrows. */
export interface SeatLimits {
  readonly nominal: number;
  readonly lower: number;
  readonly upper: number;
}

/** Shares the server's seats out, by the levels' names. Pure. Each level is rounded up, so that the sum may be a few seats more than the server's. */
export function seatLimits(
  levels: readonly PriorityLevelConfiguration[],
  serverSeats: number,
): ReadonlyMap<string, SeatLimits> {
  const sharesOf = ({ spec }: PriorityLevelConfiguration) =>
    (spec?.exempt ?? spec?.limited)?.nominalConcurrencyShares ?? 0;
  const all = levels.reduce((sum, level) => sum + sharesOf(level), 0);
  return new Map(
    levels.map((level) => {
      const { limited, exempt } = level.spec ?? {};
      const nominal = all === 0 ? 0 : Math.ceil((serverSeats * sharesOf(level)) / all);
      const lendable = Math.round((nominal * ((exempt ?? limited)?.lendablePercent ?? 0)) / 100);
      const percent = limited?.borrowingLimitPercent;
      const upper =
        percent === undefined || percent === null
          ? Math.max(serverSeats, nominal)
          : nominal + Math.round((nominal * percent) / 100);
      return [level.metadata?.name ?? '', { nominal, lower: nominal - lendable, upper }];
    }),
  );
}
