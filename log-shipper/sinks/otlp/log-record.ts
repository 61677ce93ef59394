import { writeAttributes, type Attributes } from './attributes.ts';
import type { LineParts } from './line-parts.ts';
import { LineTimes } from './line-time.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** Field numbers of opentelemetry/proto/logs/v1/logs.proto and common/v1/common.proto. */
const logRecord = { time: 1, severityNumber: 2, severityText: 3, body: 5, attributes: 6, observedTime: 11 } as const;
const anyValue = { string: 1, integer: 3 } as const;
const keyValue = { key: 1, value: 2 } as const;

const severities: ReadonlyMap<string, number> = new Map([
  ['trace', 1],
  ['debug', 5],
  ['info', 9],
  ['warn', 13],
  ['error', 17],
  ['fatal', 21],
]);
const BACKSLASH = 0x5c;

/** Attributes by OpenTelemetry's semantic conventions, where there are any. */
export const attributeNames = {
  uid: 'log.record.uid',
  stream: 'log.iostream',
  offset: 'log.file.record_offset',
  path: 'log.file.path',
} as const;

/** A document taken apart. */
export interface RecordParts {
  readonly time: string;
  readonly message: string;
  readonly level: string | undefined;
  readonly attributes: Attributes;
}

const times = new LineTimes();
const record = new ProtobufWriter();
const body = new ProtobufWriter();
const pair = new ProtobufWriter();
const value = new ProtobufWriter();

const streamAttributes = {
  stdout: encoded((writer) => writeAttributes(writer, logRecord.attributes, { [attributeNames.stream]: 'stdout' })),
  stderr: encoded((writer) => writeAttributes(writer, logRecord.attributes, { [attributeNames.stream]: 'stderr' })),
} as const;
const uidKey = encoded((writer) => writer.text(keyValue.key, attributeNames.uid));
const offsetKey = encoded((writer) => writer.text(keyValue.key, attributeNames.offset));
const severityFields = new Map(
  [...severities.keys()].map((level) => [level, encoded((writer) => writeSeverity(writer, level))]),
);

/** Writes a line as a `LogRecord` into field `field`; its id is in `item` from `idStart` to `idEnd`. */
export function writeLine(
  into: ProtobufWriter,
  field: number,
  item: Buffer,
  parts: LineParts,
  idStart: number,
  idEnd: number,
  observed: bigint,
): void {
  record.reset();
  const time = times.nanos(item, parts.timeStart, parts.timeEnd);
  if (time !== undefined) record.fixed64(logRecord.time, time);
  const severity = severityFields.get(parts.level);
  if (severity) record.fields(severity);
  writeMessage(item, parts.messageStart, parts.messageEnd);
  record.fields(parts.stderr ? streamAttributes.stderr : streamAttributes.stdout);
  value.reset();
  value.integer(anyValue.integer, parts.offset);
  writePair(offsetKey);
  value.reset();
  value.bytes(anyValue.string, item, idStart, idEnd);
  writePair(uidKey);
  record.fixed64(logRecord.observedTime, observed);
  into.message(field, record);
}

/** Writes any other document. */
export function writeRecord(into: ProtobufWriter, field: number, parts: RecordParts, observed: bigint): void {
  record.reset();
  const timeBytes = Buffer.from(parts.time);
  const time = times.nanos(timeBytes, 0, timeBytes.length);
  if (time !== undefined) record.fixed64(logRecord.time, time);
  if (parts.level !== undefined) writeSeverity(record, parts.level);
  body.reset();
  body.text(anyValue.string, parts.message);
  record.message(logRecord.body, body);
  writeAttributes(record, logRecord.attributes, parts.attributes);
  record.fixed64(logRecord.observedTime, observed);
  into.message(field, record);
}

/** The message is escaped for JSON, most often with nothing to escape. */
function writeMessage(item: Buffer, start: number, end: number): void {
  body.reset();
  const escape = item.indexOf(BACKSLASH, start);
  if (escape < 0 || escape >= end) body.bytes(anyValue.string, item, start, end);
  else body.text(anyValue.string, JSON.parse(`"${item.toString('utf8', start, end)}"`) as string);
  record.message(logRecord.body, body);
}

function writePair(key: Buffer): void {
  pair.reset();
  pair.fields(key);
  pair.message(keyValue.value, value);
  record.message(logRecord.attributes, pair);
}

function writeSeverity(writer: ProtobufWriter, level: string): void {
  writer.integer(logRecord.severityNumber, severities.get(level) ?? 0);
  writer.text(logRecord.severityText, level);
}

function encoded(write: (writer: ProtobufWriter) => void): Buffer {
  const writer = new ProtobufWriter();
  write(writer);
  return Buffer.from(writer.written);
}
