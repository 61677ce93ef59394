import type { StoredDoc } from './block.ts';

/** One bulk's changes to one index: documents added and sequence numbers deleted, together or not at all. */
export interface WalEntry {
  readonly indexUuid: string;
  readonly added: readonly StoredDoc[];
  readonly deleted: readonly number[];
}

const DOC_HEADER_BYTES = 8 + 8 + 4 + 2 + 4;

export function encodeWalEntry(entry: WalEntry): Buffer {
  const uuid = Buffer.from(entry.indexUuid);
  const ids = entry.added.map((doc) => Buffer.from(doc.id));
  let size = 2 + uuid.length + 8 + entry.deleted.length * 8;
  entry.added.forEach((doc, n) => {
    size += DOC_HEADER_BYTES + (ids[n]?.length ?? 0) + doc.source.length;
  });
  const out = Buffer.allocUnsafe(size);
  let at = out.writeUInt16LE(uuid.length, 0);
  at += uuid.copy(out, at);
  at = out.writeUInt32LE(entry.added.length, at);
  at = out.writeUInt32LE(entry.deleted.length, at);
  for (const seq of entry.deleted) at = out.writeDoubleLE(seq, at);
  entry.added.forEach((doc, n) => {
    const id = ids[n] ?? Buffer.alloc(0);
    at = out.writeDoubleLE(doc.seq, at);
    at = out.writeDoubleLE(doc.ms, at);
    at = out.writeUInt32LE(doc.subNs, at);
    at = out.writeUInt16LE(id.length, at);
    at = out.writeUInt32LE(doc.source.length, at);
    at += id.copy(out, at);
    at += doc.source.copy(out, at);
  });
  return out;
}

/** The inverse; the documents share the payload's memory. */
export function decodeWalEntry(payload: Buffer): WalEntry {
  const uuidLength = payload.readUInt16LE(0);
  const indexUuid = payload.toString('utf8', 2, 2 + uuidLength);
  let at = 2 + uuidLength;
  const addedCount = payload.readUInt32LE(at);
  const deletedCount = payload.readUInt32LE(at + 4);
  at += 8;
  const deleted: number[] = [];
  for (let n = 0; n < deletedCount; n++, at += 8) deleted.push(payload.readDoubleLE(at));
  const added: StoredDoc[] = [];
  for (let n = 0; n < addedCount; n++) {
    const idLength = payload.readUInt16LE(at + 20);
    const sourceLength = payload.readUInt32LE(at + 22);
    const idAt = at + DOC_HEADER_BYTES;
    added.push({
      seq: payload.readDoubleLE(at),
      ms: payload.readDoubleLE(at + 8),
      subNs: payload.readUInt32LE(at + 16),
      id: payload.toString('utf8', idAt, idAt + idLength),
      source: payload.subarray(idAt + idLength, idAt + idLength + sourceLength),
    });
    at = idAt + idLength + sourceLength;
  }
  return { indexUuid, added, deleted };
}
