import { sizeOfVarint } from './backward-writer.ts';
import { encodeMessage } from './protobuf-encoder.ts';
import { fieldsOfMessage, messageOfKind, protobufMagic } from './protobuf-table.ts';

const BYTES = 2;
/** Two empty texts at the end of `runtime.Unknown`: an encoding and a media type, which nobody uses. */
const envelopeEnd = Buffer.from([0x1a, 0x00, 0x22, 0x00]);
const RAW_TAG = 0x12;

const kinds = new Map<string, ProtobufKind>();

/** A kind in its protobuf form; `undefined` for one that has none. */
export function protobufKind(apiVersion: string, kind: string): ProtobufKind | undefined {
  const name = `${apiVersion}/${kind}`;
  const known = kinds.get(name);
  if (known) return known;
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined) return undefined;
  const made = new ProtobufKind(apiVersion, kind, message);
  kinds.set(name, made);
  return made;
}

/** `k8s\0` + `runtime.Unknown` of an object that says its own kind. Throws for a kind without a protobuf form. */
export function encodeProtobuf(object: { readonly apiVersion: string; readonly kind: string }): Buffer {
  const found = protobufKind(object.apiVersion, object.kind);
  if (!found) throw new Error(`${object.apiVersion} ${object.kind} has no protobuf form`);
  return found.envelope(found.message(object));
}

/** How objects of one kind are said in protobuf: alone, in lists and in watches. */
export class ProtobufKind {
  readonly #messageName: string;
  /** The magic and the type. */
  readonly #head: Buffer;
  /** Tags of the metadata and of the items, where it is a list. */
  readonly #metadataTag: number;
  readonly #itemsTag: number;

  constructor(apiVersion: string, kind: string, messageName: string) {
    this.#messageName = messageName;
    const typeMeta = encodeMessage('runtime.TypeMeta', { apiVersion, kind });
    this.#head = Buffer.concat([protobufMagic, Buffer.from([0x0a, typeMeta.length]), typeMeta]);
    const tagOf = (name: string) =>
      (fieldsOfMessage(messageName).find((field) => field.json === name)?.number ?? 0) * 8 + BYTES;
    this.#metadataTag = tagOf('metadata');
    this.#itemsTag = tagOf('items');
  }

  /** The message of an object, as it stands in a list. */
  message(object: object): Buffer {
    return encodeMessage(this.#messageName, object);
  }

  /** A message as it stands alone. */
  envelope(message: Buffer): Buffer {
    const bytes = Buffer.allocUnsafe(this.#envelopeSize(message.length));
    this.#putEnvelope(bytes, 0, message);
    return bytes;
  }

  /** A list of this kind around the messages of its items, in parts that follow one another, `length` bytes together. */
  list(metadata: object, items: readonly Buffer[]): { readonly parts: Buffer[]; readonly length: number } {
    const meta = encodeMessage('meta.v1.ListMeta', metadata);
    let size = fieldSize(meta.length);
    for (const item of items) size += fieldSize(item.length);
    const head = Buffer.allocUnsafe(this.#head.length + 1 + sizeOfVarint(size));
    this.#putHead(head, 0, size);
    const parts: Buffer[] = [head];
    // In one version of one kind the items come first.
    const isMetadataFirst = this.#metadataTag < this.#itemsTag;
    if (isMetadataFirst) parts.push(fieldHead(this.#metadataTag, meta.length), meta);
    for (const item of items) parts.push(fieldHead(this.#itemsTag, item.length), item);
    if (!isMetadataFirst) parts.push(fieldHead(this.#metadataTag, meta.length), meta);
    parts.push(envelopeEnd);
    return { parts, length: this.#envelopeSize(size) };
  }

  /** An event of a watch: four bytes that say its length, then `meta.v1.WatchEvent` with the object as it stands alone. */
  frame(type: string, message: Buffer): Buffer {
    const object = this.#envelopeSize(message.length);
    const extension = fieldSize(object);
    const size = 2 + type.length + fieldSize(extension);
    const bytes = Buffer.allocUnsafeSlow(4 + size);
    let at = bytes.writeUInt32BE(size, 0);
    bytes[at++] = 0x0a;
    bytes[at++] = type.length;
    at += bytes.write(type, at, 'latin1');
    bytes[at++] = 0x12;
    at = putVarint(bytes, at, extension);
    bytes[at++] = 0x0a;
    at = putVarint(bytes, at, object);
    this.#putEnvelope(bytes, at, message);
    return bytes;
  }

  #envelopeSize(messageLength: number): number {
    return this.#head.length + fieldSize(messageLength) + envelopeEnd.length;
  }

  #putEnvelope(bytes: Buffer, from: number, message: Buffer): void {
    let at = this.#putHead(bytes, from, message.length);
    bytes.set(message, at);
    at += message.length;
    bytes.set(envelopeEnd, at);
  }

  #putHead(bytes: Buffer, from: number, messageLength: number): number {
    bytes.set(this.#head, from);
    const at = from + this.#head.length;
    bytes[at] = RAW_TAG;
    return putVarint(bytes, at + 1, messageLength);
  }
}

/** A field of a number below 16 that has so many bytes. */
function fieldSize(length: number): number {
  return 1 + sizeOfVarint(length) + length;
}

/** What stands before the value of a field. */
function fieldHead(tag: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(1 + sizeOfVarint(length));
  bytes[0] = tag;
  putVarint(bytes, 1, length);
  return bytes;
}

function putVarint(bytes: Buffer, from: number, value: number): number {
  let at = from;
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at] = rest;
  return at + 1;
}
