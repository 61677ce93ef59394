import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pods } from '../../../../../lib/kube/resources.ts';
import { countShipped, podsEnded } from '../loss-cluster.ts';
import { type LossRow } from '../loss-row.ts';
import { firehoseCommand, writerPod } from '../writers.ts';
import { withNote } from '../loss-result.ts';

const LINE_BYTES = 1_024;
const TIMEOUT_MS = 240_000;

export const firehose: LossRow = {
  name: 'firehose',
  title: 'a container that writes as fast as the engine takes it',
  async run(loss, namespace, { firehoseMs }) {
    const { cluster } = loss;
    const outDir = loss.outDir(namespace);
    const command = firehoseCommand(0, firehoseMs);
    await cluster.client.create(pods, writerPod({ namespace, writer: 0, image: 'node', outDir, command }));
    await podsEnded(cluster, namespace, TIMEOUT_MS);
    const lines = Number(readFileSync(join(outDir, '0'), 'utf8'));
    const result = await countShipped(loss, namespace, [{ lines }], { withinMs: TIMEOUT_MS });
    const megabytes = (lines * LINE_BYTES) / 1e6;
    const rate = `${(megabytes / (firehoseMs / 1_000)).toFixed(0)} MB/s, ${megabytes.toFixed(0)} MB`;
    return withNote(result, rate);
  },
};
