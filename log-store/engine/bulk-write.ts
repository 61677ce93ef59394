import { randomBytes } from 'node:crypto';
import type { NanoTime } from '../../lib/nano-time.ts';
import { BLOCK_RAW_BYTES, type BlockBuilder } from './block-builder.ts';
import { DocumentError } from './doc-terms.ts';
import { mergeUpdate, oneLine, parseObject, timeOf } from './document-source.ts';
import type { IndexStore } from './index-store.ts';
import type { StoredDoc } from './rows.ts';
import { badRequest, indexNotFound, StoreError } from './store-error.ts';
import type { AddedRows } from './wal-frame.ts';

const MAX_ID_BYTES = 512;
/** Documents of an index that wait in memory while its blocks cannot be written; beyond, more are refused. */
const MAX_HOT_BYTES = 8 * BLOCK_RAW_BYTES;

/** One operation of a bulk. `bytes` from `start` to `end` are the document's JSON, or for `update` the request body. */
export interface BulkOperation {
  readonly action: 'create' | 'index' | 'delete' | 'update';
  readonly index: string;
  readonly id: string | undefined;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Sequence number that the document must have now (`if_seq_no`). */
  readonly ifSeqNo?: number | undefined;
}

export interface BulkOutcome {
  readonly status: number;
  readonly index: string;
  readonly id: string;
  readonly seq: number;
  readonly result: 'created' | 'updated' | 'deleted' | 'not_found' | 'noop' | undefined;
  readonly error?: StoreError | undefined;
}

/** What a bulk changed in one index. */
export interface Change {
  readonly index: IndexStore;
  readonly added: readonly AddedRows[];
  readonly deleted: readonly number[];
}

interface OpenChange extends Change {
  readonly added: AddedRows[];
  readonly deleted: number[];
  /** The block that documents went to, and its row at which those begin that are not yet in `added`. */
  hot: BlockBuilder;
  from: number;
}

export interface BulkTargets {
  /** The index of that name, made when there is none and `make` says so. */
  readonly index: (name: string, make: boolean) => IndexStore | undefined;
  /** A block could not be written: its documents stay in memory. */
  readonly sealFailed: (index: IndexStore, error: unknown) => void;
}

/** Applies the operations of one bulk in memory, and knows what has to be logged, or taken back. */
export class BulkWrite {
  readonly #targets: BulkTargets;
  readonly #now: NanoTime;
  readonly #changes = new Map<string, OpenChange>();
  #last: OpenChange | undefined;
  #lastName = '';
  #sealsFail = false;

  constructor(targets: BulkTargets, now: NanoTime) {
    this.#targets = targets;
    this.#now = now;
  }

  /** Applies one operation; what a client did wrong becomes an outcome with an error. */
  apply(operation: BulkOperation): BulkOutcome {
    try {
      const change = this.#changeOf(operation);
      return change ? this.#applyTo(change, operation) : failed(operation, indexNotFound(operation.index));
    } catch (error) {
      if (error instanceof StoreError) return failed(operation, error);
      if (error instanceof DocumentError) {
        return failed(operation, badRequest(error.message, 'document_parsing_exception'));
      }
      throw error;
    }
  }

  /** What has to be in the log before any of it is acknowledged. */
  changes(): readonly Change[] {
    const all = [...this.#changes.values()];
    for (const change of all) noteAdded(change);
    return all.filter(({ added, deleted }) => added.length + deleted.length > 0);
  }

  /** Undoes everything. Documents may be in a block already: the next log entry of the index says that they are no more. */
  takeBack(): void {
    for (const { index, added, deleted } of this.changes()) {
      for (const { builder, from, to } of added) {
        const { seq } = builder.rows().columns;
        for (let n = from; n < to; n++) {
          index.deleted.add(seq[n] ?? 0);
          index.unlogged.add(seq[n] ?? 0);
        }
      }
      for (const seq of deleted) index.deleted.delete(seq);
    }
  }

  #changeOf({ index: name, action }: BulkOperation): OpenChange | undefined {
    if (name === this.#lastName) return this.#last;
    let change = this.#changes.get(name);
    if (!change) {
      const index = this.#targets.index(name, action !== 'delete');
      if (!index) return undefined;
      // Two names may mean the same index.
      change = [...this.#changes.values()].find((other) => other.index === index);
      change ??= { index, added: [], deleted: [], hot: index.hot, from: index.hot.count };
      this.#changes.set(name, change);
    }
    this.#lastName = name;
    this.#last = change;
    return change;
  }

  #applyTo(change: OpenChange, operation: BulkOperation): BulkOutcome {
    const { action, bytes, start, end } = operation;
    const { index } = change;
    const id = operation.id ?? randomBytes(15).toString('base64url');
    if (id === '' || id.length > MAX_ID_BYTES || Buffer.byteLength(id) > MAX_ID_BYTES) {
      return failed(operation, badRequest(`id must be 1 to ${MAX_ID_BYTES} bytes long`));
    }
    if (index.dataStream && action !== 'create') {
      return failed(operation, badRequest(`only write ops with an op_type of create are allowed in data streams`));
    }
    const conflict = conflictOf(index, id, operation.ifSeqNo);
    if (conflict) return failed(operation, conflict);
    if (action === 'delete') return this.#delete(change, id);
    if (this.#sealsFail && index.hot.bytes > MAX_HOT_BYTES) return failed(operation, diskFull());
    if (action === 'create' && operation.id !== undefined) {
      const seq = index.addLine(id, bytes, start, end);
      if (seq >= 0) return this.#added(change, id, seq);
    }
    const existing = operation.id !== undefined && action !== 'create' ? index.find(id) : undefined;
    const given = bytes.subarray(start, end);
    const source = action === 'update' ? mergeUpdate(given, existing?.source) : given;
    if (!source) {
      return failed(
        operation,
        new StoreError(404, 'document_missing_exception', `[${id}]: document missing`, { index: index.name }),
      );
    }
    if (action === 'update' && existing && isSame(source, existing.source)) {
      return { status: 200, index: index.name, id, seq: existing.seq, result: 'noop' };
    }
    return this.#addWhole(change, operation, id, source, existing);
  }

  #addWhole(
    change: OpenChange,
    operation: BulkOperation,
    id: string,
    source: Buffer,
    existing: StoredDoc | undefined,
  ): BulkOutcome {
    const { index } = change;
    const parsed = parseObject(source);
    const time = timeOf(parsed['@timestamp']);
    if (index.dataStream && !time) {
      const reason = 'data stream timestamp field [@timestamp] is missing or not a date';
      return failed(operation, badRequest(reason, 'document_parsing_exception'));
    }
    const at = time ?? this.#now;
    if (operation.action === 'create' && operation.id !== undefined && index.has(id, at.ms)) {
      const reason = `[${id}]: version conflict, document already exists (current version [1])`;
      return failed(operation, new StoreError(409, 'version_conflict_engine_exception', reason, { index: index.name }));
    }
    const { nextSeq: seq } = index;
    index.add({ seq, id, ms: at.ms, subNs: at.subNs, source: oneLine(source) }, parsed);
    if (existing) {
      change.deleted.push(existing.seq);
      index.deleted.add(existing.seq);
    }
    return this.#added(change, id, seq, existing !== undefined);
  }

  #delete({ index, deleted }: OpenChange, id: string): BulkOutcome {
    const existing = index.find(id);
    if (!existing) return { status: 404, index: index.name, id, seq: -1, result: 'not_found' };
    deleted.push(existing.seq);
    index.deleted.add(existing.seq);
    return { status: 200, index: index.name, id, seq: existing.seq, result: 'deleted' };
  }

  #added(change: OpenChange, id: string, seq: number, replaced = false): BulkOutcome {
    const { index } = change;
    if (index.hot.isFull && !this.#sealsFail) {
      noteAdded(change);
      try {
        index.seal();
      } catch (error) {
        this.#sealsFail = true;
        this.#targets.sealFailed(index, error);
      }
      if (index.hot !== change.hot) {
        change.hot = index.hot;
        change.from = 0;
      }
    }
    return {
      status: replaced ? 200 : 201,
      index: index.name,
      id,
      seq,
      result: replaced ? 'updated' : 'created',
    };
  }
}

/** Puts what was added to the hot block into the change. */
function noteAdded(change: OpenChange): void {
  const { hot, from } = change;
  if (hot.count > from) change.added.push({ builder: hot, from, to: hot.count });
  change.from = hot.count;
}

function failed(operation: BulkOperation, error: StoreError): BulkOutcome {
  const { index, id } = operation;
  return { status: error.status, index, id: id ?? '', seq: -1, result: undefined, error };
}

/** Why a document may not be changed by who expects it to have this sequence number. */
function conflictOf(index: IndexStore, id: string, ifSeqNo: number | undefined): StoreError | undefined {
  if (ifSeqNo === undefined) return undefined;
  const current = index.find(id)?.seq;
  if (current === ifSeqNo) return undefined;
  const found = current === undefined ? 'but no document was found' : `current document has seqNo [${current}]`;
  const reason = `[${id}]: version conflict, required seqNo [${ifSeqNo}], primary term [1]. ${found}`;
  return new StoreError(409, 'version_conflict_engine_exception', reason, { index: index.name });
}

/** Whether an update changed nothing. */
function isSame(updated: Buffer, existing: Buffer): boolean {
  return updated.toString() === JSON.stringify(parseObject(existing));
}

function diskFull(): StoreError {
  return new StoreError(429, 'es_rejected_execution_exception', 'blocks cannot be written, the disk may be full');
}
