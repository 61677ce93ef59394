import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { SystemClock } from '../../../lib/clock.ts';
import type { HoldAnswer, HoldRequest } from './hold-messages.ts';
import { HoldLoop } from './hold-loop.ts';
import { LogHolder } from './log-holder.ts';

/** What a file's life can depend on goes before what takes time: at full load a normal thread waits for milliseconds. */
const PRIORITY = -15;

/** The thread that holds logs, apart from the reading so that no rotation is missed while lines are read. */
function run(): void {
  const port = parentPort;
  if (!port || workerData !== 'hold') throw new Error('not started by the shipper');
  raisePriority();
  const answer = (message: HoldAnswer) => port.postMessage(message);
  const loop = new HoldLoop(new LogHolder(), new SystemClock(), (result) => answer({ kind: 'found', result }));
  port.on('message', (request: HoldRequest) => {
    switch (request.kind) {
      case 'follow':
        loop.follow(request.log);
        return;
      case 'look':
        loop.look(request.id);
        answer({ kind: 'looked', id: request.id });
        return;
      case 'inflate':
        void loop.inflate(request.id, request.key);
        return;
      case 'release':
        loop.release(request.id, request.keys);
        return;
      case 'remove':
        loop.remove(request.id);
        return;
      case 'stop':
        loop.stop();
        port.close();
    }
  });
}

function raisePriority(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (Number.isInteger(thread)) setPriority(thread, PRIORITY);
  } catch {
    // Not allowed or not Linux: then it runs like any other thread.
  }
}

run();
