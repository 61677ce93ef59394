import type { Clock } from '../../lib/clock.ts';
import { backingNameOf, type Engine } from '../engine/engine.ts';
import { flag, ok, type ApiRequest, type ApiResponse } from './request.ts';

/** The release of Elasticsearch whose API is answered; clients of major versions 8 and 9 accept it. */
const API_VERSION = '9.2.4';
const CLUSTER_NAME = 'vigil';
const NODE_NAME = 'vigil-log-store';

export function root(engine: Engine): ApiResponse {
  return ok({
    name: NODE_NAME,
    cluster_name: CLUSTER_NAME,
    cluster_uuid: engine.clusterUuid,
    version: {
      number: API_VERSION,
      build_flavor: 'default',
      build_type: 'vigil',
      lucene_version: '10.3.2',
      minimum_wire_compatibility_version: '8.19.0',
      minimum_index_compatibility_version: '8.0.0',
    },
    tagline: 'You Know, for Search',
  });
}

export function health(engine: Engine): ApiResponse {
  const shards = engine.indices.size;
  return ok({
    cluster_name: CLUSTER_NAME,
    status: engine.quarantinedBlocks > 0 ? 'yellow' : 'green',
    timed_out: false,
    number_of_nodes: 1,
    number_of_data_nodes: 1,
    active_primary_shards: shards,
    active_shards: shards,
    relocating_shards: 0,
    initializing_shards: 0,
    unassigned_shards: 0,
    delayed_unassigned_shards: 0,
    number_of_pending_tasks: 0,
    number_of_in_flight_fetch: 0,
    task_max_waiting_in_queue_millis: 0,
    active_shards_percent_as_number: 100,
  });
}

export function nodes(engine: Engine): ApiResponse {
  return ok({
    _nodes: { total: 1, successful: 1, failed: 0 },
    cluster_name: CLUSTER_NAME,
    nodes: {
      [engine.clusterUuid]: {
        name: NODE_NAME,
        version: API_VERSION,
        roles: ['data', 'ingest', 'master'],
        ip: '127.0.0.1',
        http: { publish_address: '' },
      },
    },
  });
}

export function stats(engine: Engine, expression: string | undefined): ApiResponse {
  const indices = engine.resolve(expression);
  const figures = (count: number, bytes: number) => ({ docs: { count, deleted: 0 }, store: { size_in_bytes: bytes } });
  const all = figures(
    indices.reduce((sum, index) => sum + index.docCount, 0),
    indices.reduce((sum, index) => sum + index.diskBytes, 0),
  );
  return ok({
    _shards: { total: indices.length, successful: indices.length, failed: 0 },
    _all: { primaries: all, total: all },
    indices: Object.fromEntries(
      indices.map((index) => {
        const own = figures(index.docCount, index.diskBytes);
        return [backingNameOf(index), { uuid: index.uuid, primaries: own, total: own }];
      }),
    ),
  });
}

type Row = Readonly<Record<string, string>>;

/** `_cat/{what}`: text columns, or JSON with `format=json`. */
export function cat(
  engine: Engine,
  request: ApiRequest,
  what: string,
  target: string | undefined,
  clock: Clock,
): ApiResponse | undefined {
  const rows = catRows(engine, what, target, clock);
  if (!rows) return undefined;
  const wanted = request.query.get('h')?.split(',');
  const shown: Row[] = wanted
    ? rows.map((row) => Object.fromEntries(wanted.map((name) => [name, row[name] ?? ''])))
    : [...rows];
  if (request.query.get('format') === 'json') return ok(shown);
  const names = wanted ?? Object.keys(shown[0] ?? {});
  const widths = names.map((name) =>
    Math.max(flag(request, 'v') ? name.length : 0, ...shown.map((row) => (row[name] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `${cells
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join(' ')
      .trimEnd()}\n`;
  const text = shown.map((row) => line(names.map((name) => row[name] ?? ''))).join('');
  return {
    status: 200,
    body: (flag(request, 'v') ? line(names) : '') + text,
    contentType: 'text/plain; charset=UTF-8',
  };
}

function catRows(engine: Engine, what: string, target: string | undefined, clock: Clock): readonly Row[] | undefined {
  const seconds = Math.floor(clock.now() / 1000);
  const timestamp = new Date(clock.now()).toISOString().slice(11, 19);
  switch (what) {
    case 'indices':
      return engine.resolve(target).map((index) => ({
        health: 'green',
        status: 'open',
        index: backingNameOf(index),
        uuid: index.uuid.replaceAll('-', '').slice(0, 22),
        pri: '1',
        rep: '0',
        'docs.count': String(index.docCount),
        'docs.deleted': String(index.deleted.size),
        'store.size': sizeText(index.diskBytes),
        'pri.store.size': sizeText(index.diskBytes),
      }));
    case 'count':
      return [
        {
          epoch: String(seconds),
          timestamp,
          count: String(engine.resolve(target).reduce((sum, index) => sum + index.docCount, 0)),
        },
      ];
    case 'health':
      return [
        {
          epoch: String(seconds),
          timestamp,
          cluster: CLUSTER_NAME,
          status: 'green',
          'node.total': '1',
          'node.data': '1',
          shards: String(engine.indices.size),
        },
      ];
    case 'nodes':
      return [{ ip: '127.0.0.1', 'node.role': 'dim', master: '*', name: NODE_NAME }];
    case 'templates':
      return [...engine.templates].map(([name, template]) => ({
        name,
        index_patterns: `[${template.index_patterns.join(', ')}]`,
        order: String(template.priority ?? 0),
        version: String(template.version ?? ''),
      }));
    case 'aliases':
      return [...engine.aliases].flatMap(([alias, targets]) => [...targets].map((index) => ({ alias, index })));
    default:
      return undefined;
  }
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes}b`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)}kb`;
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)}mb`;
  return `${(bytes / 1024 ** 3).toFixed(1)}gb`;
}
