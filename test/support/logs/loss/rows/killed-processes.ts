import { whileKilled } from '../loss-cluster.ts';
import { withNote, type LossRow } from '../loss-row.ts';
import { burstsWhile } from './bursts.ts';

const KILL_EVERY_MS = 2_000;
/** Of the lines of a row about many lines: the trouble is what takes the time. */
const SHARE = 1 / 4;

export const shipperKilled: LossRow = {
  name: 'shipper-killed',
  title: 'shipper killed -9 every 2 s',
  async run(loss, namespace, { lines }) {
    let kills = 0;
    const count = await burstsWhile(loss, namespace, lines * SHARE, async (writing) => {
      kills = await whileKilled(loss.cluster, 'shipper', KILL_EVERY_MS, () => writing);
    });
    return withNote(count, `${kills} kills`);
  },
};

export const agentKilled: LossRow = {
  name: 'agent-killed',
  title: 'agent killed -9 every 2 s',
  async run(loss, namespace, { lines }) {
    let kills = 0;
    const [node] = loss.cluster.record.nodes;
    const count = await burstsWhile(loss, namespace, lines * SHARE, async (writing) => {
      kills = await whileKilled(loss.cluster, `agent-${node?.name}`, KILL_EVERY_MS, () => writing);
    });
    return withNote(count, `${kills} kills`);
  },
};
