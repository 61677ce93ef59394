import { Readable } from 'node:stream';
import { methodNotAllowed, pathNotFound } from '../../lib/kube/status-errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { backupLines } from '../store/backup.ts';
import type { Store } from '../store/store.ts';
import type { PathHandler } from './dispatcher.ts';

/** `GET /vigil/v1/backup`: everything that is stored, of one moment, secrets included. Who may is RBAC's to say, as for any path. */
export function backupPath(store: Store, clusterName: string, clock: Clock): PathHandler {
  return async (exchange) => {
    if (exchange.path !== '/vigil/v1/backup') throw pathNotFound();
    if (exchange.request.method !== 'GET') throw methodNotAllowed();
    const list = await store.list('');
    const time = new Date(clock.now()).toISOString();
    void exchange.reply
      .code(200)
      .header('content-type', 'application/x-ndjson')
      .send(Readable.from(backupLines(list, { cluster: clusterName, time })));
  };
}
