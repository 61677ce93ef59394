import type { BulkOperation, BulkOutcome } from '../engine/bulk-write.ts';
import { backingNameOf, type Engine } from '../engine/engine.ts';
import { badRequest, StoreError } from '../engine/store-error.ts';
import { textOf } from '../text-of.ts';
import type { Refusal } from './access.ts';
import { errorBody } from './error-body.ts';
import type { ApiRequest, ApiResponse } from './request.ts';

/** Operations of one bulk; more are refused so that one request cannot hold the store for long. */
const MAX_OPERATIONS = 100_000;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const actions = new Set(['create', 'index', 'delete', 'update']);

/** `POST /_bulk` and `/{index}/_bulk`. */
export async function bulk(
  engine: Engine,
  request: ApiRequest,
  defaultIndex: string | undefined,
  refusal: Refusal | undefined,
): Promise<ApiResponse> {
  const startMs = performance.now();
  const operations = parseBulk(request.body, defaultIndex);
  const outcomes = await permitted(engine, operations, refusal);
  const errors = outcomes.some((outcome) => outcome.error !== undefined);
  const filter = request.query.get('filter_path');
  // Senders that only want to know what failed need not be told what did not.
  if (!errors && filter !== null && /^errors(?:,items\.[*a-z]+\.(?:error|status)[.*a-z]*)*$/.test(filter)) {
    return { status: 200, body: { errors: false } };
  }
  const items = outcomes.map((outcome, n) => ({ [operations[n]?.action ?? 'create']: itemOf(engine, outcome) }));
  return { status: 200, body: { took: Math.round(performance.now() - startMs), errors, items } };
}

/** Runs the operations that are not refused; the others get their refusal as outcome, in their places. */
async function permitted(
  engine: Engine,
  operations: readonly BulkOperation[],
  refusal: Refusal | undefined,
): Promise<readonly BulkOutcome[]> {
  if (!refusal) return engine.bulk(operations);
  const refusals = new Map<BulkOperation, StoreError>();
  for (const operation of operations) {
    const error = refusal(operation);
    if (error) refusals.set(operation, error);
  }
  if (refusals.size === 0) return engine.bulk(operations);
  const outcomes = await engine.bulk(operations.filter((operation) => !refusals.has(operation)));
  let next = 0;
  return operations.flatMap((operation): BulkOutcome[] => {
    const error = refusals.get(operation);
    if (!error) return outcomes.slice(next++, next);
    const { index, id = '' } = operation;
    return [{ status: error.status, index, id, seq: -1, result: undefined, error }];
  });
}

/** The operations of an NDJSON body. A line that cannot be read makes the whole request a 400, as it would leave the rest ambiguous. */
function parseBulk(body: Buffer, defaultIndex: string | undefined): BulkOperation[] {
  const operations: BulkOperation[] = [];
  if (body.length === 0) throw badRequest('request body is required', 'parse_exception');
  for (let start = 0; start < body.length;) {
    const end = lineEnd(body, start);
    const isEmpty = end === start || (end === start + 1 && body[start] === CARRIAGE_RETURN);
    if (isEmpty) {
      start = end + 1;
      continue;
    }
    if (operations.length >= MAX_OPERATIONS) throw badRequest(`a bulk has at most ${MAX_OPERATIONS} operations`);
    const { action, index, id, ifSeqNo } = parseAction(
      body.toString('utf8', start, end),
      operations.length,
      defaultIndex,
    );
    if (index === undefined || index === '')
      throw badRequest(`index is missing in action ${operations.length + 1}`, 'action_request_validation_exception');
    if (action === 'delete') {
      operations.push({ action, index, id, ifSeqNo, bytes: body, start: end, end });
      start = end + 1;
      continue;
    }
    if (end + 1 >= body.length) throw badRequest('The bulk request must be terminated by a newline [\\n]');
    const sourceEnd = lineEnd(body, end + 1);
    operations.push({ action, index, id, ifSeqNo, bytes: body, start: end + 1, end: sourceEnd });
    start = sourceEnd + 1;
  }
  if (operations.length === 0)
    throw badRequest('Validation Failed: 1: no requests added;', 'action_request_validation_exception');
  return operations;
}

function lineEnd(body: Buffer, start: number): number {
  const end = body.indexOf(NEWLINE, start);
  return end < 0 ? body.length : end;
}

interface Action {
  readonly action: BulkOperation['action'];
  readonly index: string | undefined;
  readonly id: string | undefined;
  readonly ifSeqNo?: number | undefined;
}

/** How senders of logs write the line: without escapes, index before id. */
const plainAction = /^\{"(create|index)":\{(?:"_index":"([^"\\]+)",)?"_id":"([^"\\]+)"\}\}$/;

function parseAction(line: string, number: number, defaultIndex: string | undefined): Action {
  const plain = plainAction.exec(line);
  if (plain)
    return { action: plain[1] === 'create' ? 'create' : 'index', index: plain[2] ?? defaultIndex, id: plain[3] };
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw badRequest(`Malformed action/metadata line [${number + 1}], expected a JSON object`);
  }
  const [action, meta] = Object.entries((parsed ?? {}) as Record<string, unknown>)[0] ?? [];
  if (action === undefined || !actions.has(action) || typeof meta !== 'object') {
    throw badRequest(
      `Malformed action/metadata line [${number + 1}], expected one of [create, delete, index, update] but found [${action ?? ''}]`,
    );
  }
  const {
    _index: index,
    _id: id,
    if_seq_no: ifSeqNo,
    if_primary_term: ifTerm,
  } = (meta ?? {}) as Record<string, unknown>;
  return {
    action: action as BulkOperation['action'],
    index: typeof index === 'string' ? index : defaultIndex,
    id: id === undefined || id === null ? undefined : textOf(id),
    ifSeqNo: parseIfSeqNo(ifSeqNo, ifTerm),
  };
}

/** `if_seq_no` and `if_primary_term`, which go together; the term is always 1 here. */
export function parseIfSeqNo(seqNo: unknown, term: unknown): number | undefined {
  if ((seqNo ?? undefined) === undefined && (term ?? undefined) === undefined) return undefined;
  const number = Number(seqNo ?? Number.NaN);
  if (!Number.isInteger(number) || number < 0 || Number(term ?? 0) < 1) {
    throw badRequest(
      'ifSeqNo and ifPrimaryTerm go together and are whole numbers',
      'action_request_validation_exception',
    );
  }
  // No document ever had another term.
  return Number(term) === 1 ? number : Infinity;
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
export async function single(
  engine: Engine,
  { source, ...operation }: Omit<BulkOperation, 'bytes' | 'start' | 'end'> & { readonly source: Buffer | undefined },
): Promise<ApiResponse> {
  const bytes = source ?? Buffer.alloc(0);
  const [outcome] = await engine.bulk([{ ...operation, bytes, start: 0, end: bytes.length }]);
  if (!outcome) throw new StoreError(500, 'illegal_state_exception', 'no outcome');
  if (outcome.error) throw outcome.error;
  const { status, ...body } = itemOf(engine, outcome);
  return { status: Number(status), body };
}
