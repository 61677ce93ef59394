import { Readable } from 'node:stream';
import { methodNotAllowed, pathNotFound } from '../../lib/kube/status-errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { PathHandler } from './handlers.ts';

/** `GET /vigil/v1/backup`: everything that is stored, of one moment; secrets as they lie in the store. Who may is RBAC's to say, as for any path. */
export function backupPath(registry: Registry, clusterName: string): PathHandler {
  return async (exchange) => {
    if (exchange.path !== '/vigil/v1/backup') throw pathNotFound();
    if (exchange.request.method !== 'GET') throw methodNotAllowed();
    const lines = await registry.backup(clusterName);
    await exchange.sendStream(200, Readable.from(lines), 'application/x-ndjson');
  };
}
