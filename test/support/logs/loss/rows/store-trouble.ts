import { setTimeout as delay } from 'node:timers/promises';
import { withNote, type LossRow } from '../loss-row.ts';
import type { Trouble } from '../troubled-store.ts';
import { burstsWhile } from './bursts.ts';

const SHARE = 1 / 4;

/** A row in which bulk requests meet `troubles` in turn while lines are written and for a while after. */
function troubled(name: string, title: string, troubles: readonly Trouble[]): LossRow {
  return {
    name,
    title,
    async run(loss, namespace, { lines }) {
      const { road } = loss;
      const before = road.troubled;
      road.trouble = (requests) => troubles[requests % troubles.length] ?? 'none';
      try {
        const count = await burstsWhile(loss, namespace, lines * SHARE, (writing) => writing);
        return withNote(count, `${road.troubled - before} bulks in trouble`);
      } finally {
        road.trouble = () => 'none';
      }
    },
  };
}

const storeDown: LossRow = {
  name: 'store-down',
  title: 'store killed -9 and away',
  async run(loss, namespace, { lines, outageMs }) {
    const count = await burstsWhile(loss, namespace, lines * SHARE, async () => {
      await loss.killStore();
      await delay(outageMs);
      await loss.startStore();
    });
    return withNote(count, `away ${Math.round(outageMs / 1_000)} s`);
  },
};

export const storeTrouble: readonly LossRow[] = [
  storeDown,
  troubled('store-429', 'store answers 429', [{ status: 429 }, { status: 429 }, 'none']),
  troubled('store-503', 'store answers 503', [{ status: 503 }, { status: 503 }, 'none']),
  troubled('store-half', 'half of each bulk fails', [{ halfFailed: 2 }, { halfFailed: 3 }]),
  troubled('store-slow', 'store takes 2 s for a bulk', [{ delayMs: 2_000 }]),
  troubled('store-closes', 'connections closed in request, before and in answer', [
    'closes-in-request',
    'none',
    'closes-before-answer',
    'closes-in-answer',
  ]),
];
