import { parentPort, workerData } from 'node:worker_threads';
import { SystemClock } from '../../../lib/clock.ts';
import type { HoldAnswer, HoldRequest } from './hold-messages.ts';
import { HoldLoop } from './hold-loop.ts';
import { LogHolder } from './log-holder.ts';
import { raisePriority } from './raise-priority.ts';

/** The thread that holds logs, apart from the reading so that no rotation is missed while lines are read. */
function run(): void {
  const port = parentPort;
  if (!port || workerData !== 'hold') throw new Error('not started by the shipper');
  void raisePriority();
  const answer = (message: HoldAnswer) => port.postMessage(message);
  const holder = new LogHolder((result) => answer({ kind: 'found', result }));
  const loop = new HoldLoop(holder, new SystemClock());
  port.on('message', (request: HoldRequest) => {
    switch (request.kind) {
      case 'follow':
        loop.follow(request.log);
        return;
      case 'look':
        holder.look(request.id);
        void holder.settled(request.id).then(() => answer({ kind: 'looked', id: request.id }));
        return;
      case 'inflate':
        void holder.inflate(request.id, request.key);
        return;
      case 'release':
        holder.release(request.id, request.keys);
        return;
      case 'remove':
        void loop.remove(request.id);
        return;
      case 'stop':
        loop.stop();
        void holder.idle().then(() => port.close());
    }
  });
}

run();
