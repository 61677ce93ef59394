import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Kubernetes' protobuf as a table: field numbers, types and JSON names of the published modules (scripts/generate-protobuf.ts). A value has one shape in memory,
 * that of its JSON; `protobuf.ts` reads it from bytes and `protobuf-encoder.ts` writes it.
 */

/** The media type of Kubernetes' protobuf. */
export const protobufMediaType = 'application/vnd.kubernetes.protobuf';

/** What stands before each object on the wire. */
export const protobufMagic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

export interface ProtobufField {
  readonly number: number;
  /** Its name in JSON. */
  readonly json: string;
  /** A scalar (`string`, `int32`…) or the name of a message: `core.v1.PodSpec`. */
  readonly type: string;
  readonly isRepeated: boolean;
  readonly isMap: boolean;
  readonly isPointer: boolean;
  readonly omitEmpty: boolean;
  /** Its members are members of the object around it. */
  readonly inline: boolean;
}

interface Table {
  readonly kinds: Readonly<Record<string, string>>;
  readonly messages: Readonly<Record<string, string>>;
  readonly lists: readonly string[];
}

/** The table is read when protobuf is first asked for: most processes never see any. */
let loaded:
  | {
      readonly table: Table;
      readonly fields: Map<string, readonly ProtobufField[]>;
      readonly lists: ReadonlySet<string>;
    }
  | undefined;

function tables(): NonNullable<typeof loaded> {
  if (!loaded) {
    const table = JSON.parse(readFileSync(join(import.meta.dirname, 'generated/protobuf.json'), 'utf8')) as Table;
    loaded = { table, fields: new Map(), lists: new Set(table.lists) };
  }
  return loaded;
}

/** The message of a kind (`apps/v1`, `Deployment`); `undefined` for kinds that have no protobuf form. */
export function messageOfKind(apiVersion: string, kind: string): string | undefined {
  const { kinds } = tables().table;
  const name = `${apiVersion}/${kind}`;
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

/** Each kind that has a protobuf form, as `apps/v1/Deployment`. */
export function protobufKinds(): readonly string[] {
  return Object.keys(tables().table.kinds);
}

/** The fields of a message by ascending number; none for a message that is not known. */
export function fieldsOfMessage(message: string): readonly ProtobufField[] {
  const { table, fields } = tables();
  const known = fields.get(message);
  if (known) return known;
  const rows = table.messages[message] ?? '';
  const made = rows === '' ? [] : rows.split('|').map(fieldOf);
  made.sort((a, b) => a.number - b.number);
  fields.set(message, made);
  return made;
}

/** Whether a message stands for its one repeated field: `ExtraValue` is a list of texts. */
export function isListMessage(message: string): boolean {
  return tables().lists.has(message);
}

function fieldOf(row: string): ProtobufField {
  const [number, json = '', type = '', bits] = row.split(' ');
  const flags = Number(bits);
  return {
    number: Number(number),
    json,
    type,
    isRepeated: (flags & 1) !== 0,
    isMap: (flags & 2) !== 0,
    isPointer: (flags & 4) !== 0,
    omitEmpty: (flags & 8) !== 0,
    inline: (flags & 16) !== 0,
  };
}
