import { backingNameOf, type BulkOperation, type BulkOutcome, type Engine } from '../engine/engine.ts';
import { badRequest, StoreError } from '../engine/store-error.ts';
import { textOf } from '../text-of.ts';
import { errorBody } from './error-body.ts';
import type { ApiRequest, ApiResponse } from './request.ts';

/** Operations of one bulk; more are refused so that one request cannot hold the store for long. */
const MAX_OPERATIONS = 100_000;
const NEWLINE = 10;
const actions = new Set(['create', 'index', 'delete', 'update']);

/** `POST /_bulk` and `/{index}/_bulk`. */
export async function bulk(
  engine: Engine,
  request: ApiRequest,
  defaultIndex: string | undefined,
): Promise<ApiResponse> {
  const startMs = performance.now();
  const operations = parseBulk(request.body, defaultIndex);
  const outcomes = await engine.bulk(operations);
  const errors = outcomes.some((outcome) => outcome.error !== undefined);
  const filter = request.query.get('filter_path');
  // Senders that only want to know what failed need not be told what did not.
  if (!errors && filter !== null && /^errors(?:,items\.[*a-z]+\.(?:error|status)[.*a-z]*)*$/.test(filter)) {
    return { status: 200, body: { errors: false } };
  }
  const items = outcomes.map((outcome, n) => ({ [operations[n]?.action ?? 'create']: itemOf(engine, outcome) }));
  return { status: 200, body: { took: Math.round(performance.now() - startMs), errors, items } };
}

/** The operations of an NDJSON body. A line that cannot be read makes the whole request a 400, as it would leave the rest ambiguous. */
function parseBulk(body: Buffer, defaultIndex: string | undefined): BulkOperation[] {
  const operations: BulkOperation[] = [];
  if (body.length === 0) throw badRequest('request body is required', 'parse_exception');
  let at = 0;
  const nextLine = (): Buffer | undefined => {
    if (at >= body.length) return undefined;
    const end = body.indexOf(NEWLINE, at);
    const line = body.subarray(at, end < 0 ? body.length : end);
    at = end < 0 ? body.length : end + 1;
    return line;
  };
  for (let line = nextLine(); line !== undefined; line = nextLine()) {
    if (line.length === 0 || (line.length === 1 && line[0] === 13)) continue;
    if (operations.length >= MAX_OPERATIONS) throw badRequest(`a bulk has at most ${MAX_OPERATIONS} operations`);
    const header = parseAction(line, operations.length);
    const index = header.index ?? defaultIndex;
    if (!index)
      throw badRequest(`index is missing in action ${operations.length + 1}`, 'action_request_validation_exception');
    const source = header.action === 'delete' ? undefined : nextLine();
    if (header.action !== 'delete' && source === undefined)
      throw badRequest('The bulk request must be terminated by a newline [\\n]');
    operations.push({ action: header.action, index, id: header.id, source });
  }
  if (operations.length === 0)
    throw badRequest('Validation Failed: 1: no requests added;', 'action_request_validation_exception');
  return operations;
}

function parseAction(
  line: Buffer,
  number: number,
): { action: BulkOperation['action']; index: string | undefined; id: string | undefined } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line.toString());
  } catch {
    throw badRequest(`Malformed action/metadata line [${number + 1}], expected a JSON object`);
  }
  const [action, meta] = Object.entries((parsed ?? {}) as Record<string, unknown>)[0] ?? [];
  if (action === undefined || !actions.has(action) || typeof meta !== 'object') {
    throw badRequest(
      `Malformed action/metadata line [${number + 1}], expected one of [create, delete, index, update] but found [${action ?? ''}]`,
    );
  }
  const { _index: index, _id: id } = (meta ?? {}) as Record<string, unknown>;
  return {
    action: action as BulkOperation['action'],
    index: typeof index === 'string' ? index : undefined,
    id: id === undefined || id === null ? undefined : textOf(id),
  };
}

/** One outcome as an item of the response, or as the answer to a single-document request. */
function itemOf(engine: Engine, outcome: BulkOutcome): Record<string, unknown> {
  const index = engine.get(outcome.index);
  const name = index ? backingNameOf(index) : outcome.index;
  if (outcome.error) {
    return { _index: name, _id: outcome.id, status: outcome.status, error: errorBody(outcome.error) };
  }
  return {
    _index: name,
    _id: outcome.id,
    _version: outcome.result === 'updated' ? 2 : 1,
    result: outcome.result,
    _shards: { total: 1, successful: 1, failed: 0 },
    _seq_no: outcome.seq,
    _primary_term: 1,
    status: outcome.status,
  };
}

/** Index, create, update or delete of one document. */
export async function single(engine: Engine, operation: BulkOperation): Promise<ApiResponse> {
  const [outcome] = await engine.bulk([operation]);
  if (!outcome) throw new StoreError(500, 'illegal_state_exception', 'no outcome');
  if (outcome.error) throw outcome.error;
  const { status, ...body } = itemOf(engine, outcome);
  return { status: Number(status), body };
}
