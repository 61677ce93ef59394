import { SystemClock } from '../../lib/clock.ts';
import type { Verb } from '../command.ts';
import { adminClient } from './api-client.ts';
import { applyObjects } from './apply-objects.ts';
import { chosenCluster, nameOption } from './cluster-options.ts';
import { nodesReady } from './readiness.ts';
import { systemObjects } from './system-objects.ts';
import { waitForApi } from './wait-for-api.ts';

/** `kctl settle`: for clusters whose processes somebody else starts (docker-compose): makes the system's objects and waits for the nodes. */
export const settle: Verb = {
  usage: '[--name NAME]',
  summary: 'Wait for a prepared cluster to be started, make its system objects, and wait until its nodes are Ready.',
  options: nameOption,
  async run(args, context) {
    const { home, record } = chosenCluster(args, context);
    const clock = new SystemClock();
    const client = adminClient(home, record, clock);
    try {
      await waitForApi(client, clock, context.signal);
      await applyObjects(client, systemObjects(home, record), 'merge', context.signal);
      const names = record.nodes.map((node) => node.name);
      await nodesReady(client, names, context.signal);
      console.log(`cluster ${record.name} is Ready: ${names.join(' ')}`);
      return 0;
    } finally {
      client.close();
    }
  },
};
