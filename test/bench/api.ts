import { loadavg } from 'node:os';
import { ownParts, parts } from './api/parts.ts';
import { missed, tableOf, type Row } from './api/rows.ts';

/**
 * `npm run bench -- api [--part=NAME…] [--assert]`: the API over TLS on SQLite, with RBAC, JSON and a disk that is waited for, held against targets; medians where it
 * is measured several times. Parts are `starts`, `requests`, `watchers` and `memory`, and, when it is asked for, `peer`: the same requests to a kube-apiserver with etcd, in the same run. The client
 * is a process of its own, on the same cores. `--assert` ends with
 * code 1 when a target is missed.
 */
export async function run(options: readonly string[]): Promise<void> {
  const asked = options.flatMap((option) => (option.startsWith('--part=') ? [option.slice('--part='.length)] : []));
  const rows: Row[] = [];
  for (const name of asked.length > 0 ? asked : Object.keys(ownParts)) {
    const part = parts[name];
    if (!part) throw new Error(`there is no part "${name}"; there are ${Object.keys(parts).join(', ')}`);
    const measured = await part();
    for (const line of tableOf(measured)) console.log(line);
    rows.push(...measured);
  }
  const loads = loadavg().map((load) => load.toFixed(1));
  const failed = missed(rows);
  console.log(
    `${failed.length} of ${rows.filter((row) => row.is !== undefined).length} targets missed; load ${loads.join(' ')}`,
  );
  if (options.includes('--assert') && failed.length > 0) process.exitCode = 1;
}
