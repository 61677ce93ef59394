import { ParsingError, StoreError } from '../engine/store-error.ts';
import { errorBody } from './error-body.ts';
import { positionOf } from './json-position.ts';

/** The error with the line and column of the part of the request's body that is wrong. */
export function withPosition(error: StoreError, body: string): StoreError {
  if (!(error instanceof ParsingError)) return error;
  const position = positionOf(body, error.path, error.target);
  if (!position) return error;
  const { line, col } = position;
  // This kind carries the place in its message only.
  return error.type === 'x_content_parse_exception'
    ? new StoreError(400, error.type, `[${line}:${col}] ${error.message}`)
    : new StoreError(400, error.type, error.message, { line, col });
}

/** How Elasticsearch answers a search that was well-formed but failed on its shards. */
export function shardFailure(error: StoreError, index: string | undefined): StoreError {
  const reason = { ...errorBody(error), ...(index === undefined ? {} : { index }) };
  return new StoreError(error.status, 'search_phase_execution_exception', 'all shards failed', {
    root_cause: [reason],
    phase: 'query',
    grouped: true,
    failed_shards: [{ shard: 0, index: index ?? '', node: 'vigil-log-store', reason }],
    caused_by: reason,
  });
}
