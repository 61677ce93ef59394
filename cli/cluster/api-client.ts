import { readFileSync } from 'node:fs';
import type { Clock } from '../../lib/clock.ts';
import { HttpKubeClient } from '../../lib/kube/http-client.ts';
import type { ClusterHome } from './cluster-home.ts';
import type { ClusterRecord } from './cluster-record.ts';
import { pkiFiles } from './pki-files.ts';
import { apiServerURL } from './process-configs.ts';

/** The administrator's client of a cluster of this machine. Close it. */
export function adminClient(home: ClusterHome, record: ClusterRecord, clock: Clock): HttpKubeClient {
  const pki = pkiFiles(home.pki);
  const text = (path: string) => readFileSync(path, 'utf8');
  return new HttpKubeClient({
    server: apiServerURL(record),
    ca: text(pki.ca.cert),
    cert: text(pki.admin.cert),
    key: text(pki.admin.key),
    userAgent: 'kctl',
    clock,
  });
}
