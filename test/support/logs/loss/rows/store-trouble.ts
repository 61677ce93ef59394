import { setTimeout as delay } from 'node:timers/promises';
import { type LossRow } from '../loss-row.ts';
import type { Trouble } from '../troubled-store.ts';
import { burstsWhile, fewer } from './bursts.ts';
import { withNote } from '../loss-result.ts';

/** A row in which bulk requests meet `troubles` in turn for as long as an outage lasts, while lines are written all the time. */
function troubled(name: string, title: string, troubles: readonly Trouble[]): LossRow {
  return {
    name,
    title,
    async run(loss, namespace, size) {
      let met = 0;
      const count = await burstsWhile(loss, namespace, { ...fewer(size), overMs: size.outageMs }, async (writing) => {
        const during = await loss.road.during(troubles, () => Promise.all([writing, delay(size.outageMs)]));
        met = during.troubled;
      });
      return withNote(count, `${met} bulks in trouble`);
    },
  };
}

const storeDown: LossRow = {
  name: 'store-down',
  title: 'store killed -9 and away',
  async run(loss, namespace, size) {
    const count = await burstsWhile(loss, namespace, { ...fewer(size), overMs: size.outageMs }, async () => {
      await loss.killStore();
      await delay(size.outageMs);
      await loss.startStore();
    });
    return withNote(count, `away ${Math.round(size.outageMs / 1_000)} s`);
  },
};

/** What happens to bulk requests on a bad day. */
export const storeTrouble: readonly LossRow[] = [
  storeDown,
  troubled('store-429', 'store answers 429', [{ status: 429 }]),
  troubled('store-503', 'store answers 503', [{ status: 503 }]),
  troubled('store-half', 'half of each bulk fails', [{ halfFailed: 2 }, { halfFailed: 3 }]),
  troubled('store-slow', 'store takes 2 s for a bulk', [{ delayMs: 2_000 }]),
  troubled('store-closes', 'connections closed in request, before and in answer', [
    'closes-in-request',
    'none',
    'closes-before-answer',
    'closes-in-answer',
  ]),
];
