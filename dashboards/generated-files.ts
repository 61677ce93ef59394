import { boardJson, type Board } from './board.ts';
import { cluster } from './boards/cluster.ts';
import { logs } from './boards/logs.ts';
import { node } from './boards/node.ts';
import { probes } from './boards/probes.ts';
import { workload } from './boards/workload.ts';
import { ndjson } from './saved-objects/saved-object.ts';
import { vigilObjects } from './saved-objects/vigil-objects.ts';

export const boards: readonly Board[] = [cluster, node, workload, probes, logs];

/** Every generated file by its path below `dashboards/out/`. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const board of boards)
    files.set(`grafana/${board.uid}.json`, `${JSON.stringify(boardJson(board), undefined, 2)}\n`);
  // OpenSearch Dashboards and Kibana read the same objects.
  files.set('opensearch-dashboards.ndjson', ndjson(vigilObjects()));
  files.set('kibana.ndjson', ndjson(vigilObjects()));
  return files;
}
