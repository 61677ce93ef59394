import type { Batch } from '../../buffer/batch.ts';
import type { BatchOutcome, RefusedItem } from '../sink.ts';
import { backOffMs } from './back-off.ts';
import { deadLetterBatch } from './dead-letters.ts';
import { deliverItems, newTally, RefusesEverything, type Tally } from './deliver-items.ts';
import type { Delivery } from './delivery.ts';

/** Refused documents of one batch that are told in the log; all are in the dead-letter stream. */
const MAX_REFUSALS_LOGGED = 10;

/** Sends a batch until every item is taken, or refused for good and kept as a dead letter; rejects only when `signal` aborts. */
export async function deliver(delivery: Delivery, batch: Batch, signal: AbortSignal): Promise<BatchOutcome> {
  const tally = await deliverBatch(delivery, batch, signal);
  const { duplicates, rejected, refused, retries } = tally;
  const deadLettersLost = refused.length > 0 ? await keepRefused(delivery, refused, signal) : 0;
  return { duplicates, rejected, refused, retries, deadLettersLost };
}

/** An output that refuses everything is waited for like one that is away: nobody's lines are to blame. */
async function deliverBatch(delivery: Delivery, batch: Batch, signal: AbortSignal): Promise<Tally> {
  const { health, clock, random } = delivery;
  for (let attempt = 1; ; attempt++) {
    const tally = newTally();
    try {
      await deliverItems(delivery, batch, undefined, tally, signal);
      return tally;
    } catch (error) {
      if (!(error instanceof RefusesEverything)) throw error;
      health.failed(error.message);
      await clock.sleep(backOffMs(attempt, random(), undefined), signal);
    }
  }
}

/** Dead letters that are refused whole are tried once more with less of the original; what is refused then is lost. Returns how many are. */
async function keepRefused(delivery: Delivery, refused: readonly RefusedItem[], signal: AbortSignal): Promise<number> {
  const { log, clock, clusterName } = delivery;
  for (const { status, type, reason } of refused.slice(0, MAX_REFUSALS_LOGGED)) {
    log.warn({ status, type, reason }, 'output refused a document');
  }
  let left = refused;
  for (const cut of [false, true]) {
    const outcome = await deliverBatch(delivery, deadLetterBatch(left, clock.now(), clusterName, cut), signal);
    if (outcome.refused.length === 0) return 0;
    log.warn({ count: outcome.refused.length, reason: outcome.refused[0]?.reason }, 'output refused dead letters');
    const numbers = new Set(outcome.refused.map(({ number }) => number));
    left = left.filter((_, n) => numbers.has(n));
  }
  log.error({ count: left.length }, 'dead letters were refused too: these lines are lost');
  return left.length;
}
