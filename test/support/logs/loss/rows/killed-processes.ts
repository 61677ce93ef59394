import { whileKilled, type LossCluster } from '../loss-cluster.ts';
import { type LossRow } from '../loss-row.ts';
import { everyTrouble } from '../troubled-store.ts';
import { burstsWhile, fewer } from './bursts.ts';
import { withNote } from '../loss-result.ts';

const EVERY_MS = 2_000;

export const shipperKilled: LossRow = killedRow('shipper-killed', 'shipper killed -9 every 2 s', () => 'shipper');

export const agentKilled: LossRow = killedRow(
  'agent-killed',
  'agent killed -9 every 2 s',
  ({ cluster }) => `agent-${cluster.record.nodes[0]?.name}`,
);

function killedRow(name: string, title: string, processOf: (loss: LossCluster) => string): LossRow {
  return {
    name,
    title,
    async run(loss, namespace, size) {
      let kills = 0;
      const count = await burstsWhile(loss, namespace, fewer(size), async (writing) => {
        kills = await whileKilled(
          loss.cluster,
          processOf(loss),
          { everyMs: EVERY_MS, most: size.kills },
          () => writing,
        );
      });
      return withNote(count, `${kills} kills`);
    },
  };
}

/** Everything that a test has time for in one: both processes die again and again, and the store fails in every way. */
export const allAtOnce: LossRow = {
  name: 'all-at-once',
  title: 'shipper and agent killed -9 while bulks fail in every way',
  async run(loss, namespace, size) {
    const { cluster, road } = loss;
    let kills = 0;
    const count = await road.during(everyTrouble, () =>
      burstsWhile(loss, namespace, fewer(size), async (writing) => {
        const killed = await Promise.all([
          whileKilled(cluster, 'shipper', { everyMs: EVERY_MS, most: size.kills }, () => writing),
          whileKilled(
            cluster,
            `agent-${cluster.record.nodes[0]?.name}`,
            { everyMs: EVERY_MS, most: size.kills },
            () => writing,
          ),
        ]);
        kills = killed.reduce((a, b) => a + b, 0);
      }),
    );
    return withNote(count.result, `${kills} kills, ${count.troubled} bulks in trouble`);
  },
};
