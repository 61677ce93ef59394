/** Elasticsearch's answer when each of `count` items was stored: everything about each, or what `filter_path` in `url` asks for. */
export function allStored(url: string, operation: string, count: number): string {
  const filter = new URL(url, 'http://store').searchParams.get('filter_path');
  if (filter === null) return `{"took":7,"errors":false,"items":[${repeated(wholeItem(operation), count)}]}`;
  if (!filter.split(',').includes('items.*.status')) return '{"errors":false}';
  return `{"errors":false,"items":[${repeated(`{"${operation}":{"status":201}}`, count)}]}`;
}

function repeated(item: string, count: number): string {
  return count === 0 ? '' : `${`${item},`.repeat(count - 1)}${item}`;
}

function wholeItem(operation: string): string {
  const result = {
    _index: '.ds-logs-vigil.containers-default-2026.11.18-000001',
    _id: 'rJ8gUpoBqfGhJkLmNoPq',
    _version: 1,
    result: 'created',
    _shards: { total: 2, successful: 1, failed: 0 },
    _seq_no: 1_234_567,
    _primary_term: 1,
    status: 201,
  };
  return JSON.stringify({ [operation]: result });
}

/** The answer when some items were not: a status an item. */
export function eachStatus(operation: string, statuses: readonly number[]): string {
  const items = statuses.map((status) => ({
    [operation]: status < 300 ? { status } : { status, error: { type: typeOf(status), reason: 'asked to fail' } },
  }));
  return JSON.stringify({ errors: true, items });
}

function typeOf(status: number): string {
  return status === 409 ? 'version_conflict_engine_exception' : 'es_rejected_execution_exception';
}
