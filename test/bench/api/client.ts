import { createInterface } from 'node:readline';
import type { ClientResult, ClientTask, ServerAddress } from './client-protocol.ts';
import { FanOut } from './fan-out.ts';
import { loadRequests } from './load-requests.ts';
import { Population } from './population.ts';

/** The client as a process of its own: a task a line, answered by its result as a line. What it opened stays open until it ends. */
const address = JSON.parse(process.argv[2] ?? '') as ServerAddress;
const nothing: ClientResult = {
  count: 0,
  failed: 0,
  elapsedMs: 0,
  latenciesMs: [],
  eventLagsMs: [],
  bodyBytes: 0,
  cpuSeconds: 0,
};
let fanOut: FanOut | undefined;

async function perform(task: ClientTask): Promise<ClientResult> {
  switch (task.kind) {
    case 'requests':
      return loadRequests(address, task);
    case 'open watches':
      fanOut = await FanOut.open(address, task.watches);
      return nothing;
    case 'fan out':
      return fanOut?.run(task.events) ?? nothing;
    case 'populate':
      return (await Population.open(address, task)).make(task.nodes, task.pods);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await perform(JSON.parse(line) as ClientTask)));
}
process.exit(0);
