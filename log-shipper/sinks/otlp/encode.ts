import { nanosOf, parseNanoTime } from '../../../lib/nano-time.ts';
import type { Batch } from '../../buffer/batch.ts';
import { writeAttributes, type Attribute, type Attributes } from './attributes.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { splitDocument } from './resource.ts';

const NEWLINE = 10;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const idKey = Buffer.from('"_id":"');
const timeKey = Buffer.from('{"@timestamp":"');
const stdoutKey = Buffer.from('","stream":"stdout","message":"');
const stderrKey = Buffer.from('","stream":"stderr","message":"');
/** A quote that is not escaped ends the message: this cannot stand inside it. */
const logKey = Buffer.from('","log":{');
const fileKey = Buffer.from(',"file":{');

/** Field numbers of opentelemetry/proto/logs/v1/logs.proto and collector/logs/v1/logs_service.proto. */
const request = { resourceLogs: 1 } as const;
const resourceLogs = { resource: 1, scopeLogs: 2 } as const;
const resourceFields = { attributes: 1 } as const;
const scopeLogs = { scope: 1, logRecords: 2 } as const;
const scopeFields = { name: 1 } as const;
const logRecord = { time: 1, severityNumber: 2, severityText: 3, body: 5, attributes: 6, observedTime: 11 } as const;
const anyValue = { string: 1 } as const;

const severities: Readonly<Record<string, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };

/** Records of one resource. */
interface Group {
  readonly resource: Attributes;
  readonly records: ProtobufWriter;
}

/** The parts of a document that differ from line to line. */
interface Entry {
  readonly time: string;
  /** UTF-8. */
  readonly message: Buffer;
  readonly level: string | undefined;
  readonly attributes: Attributes;
}

const record = new ProtobufWriter();
const body = new ProtobufWriter();

/**
 * An `ExportLogsServiceRequest` of these items (all when `undefined`) in protobuf, one `ResourceLogs` a container. Lines that were encoded the usual way are taken apart by
 * their known shape; what is the same for all lines of a container is parsed once.
 */
export function encodeLogs(batch: Batch, items: readonly number[] | undefined, observedMs: number): Buffer {
  const groups = new Map<string, Group>();
  const observed = BigInt(Math.trunc(observedMs)) * 1_000_000n;
  let lastSuffix: Buffer | undefined;
  let lastGroup: Group | undefined;
  for (const n of items ?? batch.allItems()) {
    const item = batch.item(n);
    const newline = item.indexOf(NEWLINE);
    const id = idOf(item, newline);
    const line = parseLine(item, newline + 1);
    if (line) {
      if (!lastGroup || !lastSuffix?.equals(line.suffix)) {
        lastSuffix = line.suffix;
        lastGroup = groupOf(groups, parseSuffix(line.suffix));
      }
      writeRecord(lastGroup.records, { ...line, attributes: { ...line.attributes, 'log.record.uid': id } }, observed);
      continue;
    }
    const { resource, entry } = parseDocument(item.subarray(newline + 1), id);
    writeRecord(groupOf(groups, resource).records, entry, observed);
  }
  return joinGroups(groups);
}

function idOf(item: Buffer, newline: number): string {
  const start = item.indexOf(idKey) + idKey.length;
  return item.toString('latin1', start, newline - '"}}'.length);
}

interface Line extends Entry {
  /** From `,"file":{` on: the same for all lines of a container's file. */
  readonly suffix: Buffer;
}

/** A document as `encodeLine` makes it; `undefined` for any other. */
function parseLine(item: Buffer, start: number): Line | undefined {
  if (item.compare(timeKey, 0, timeKey.length, start, start + timeKey.length) !== 0) return undefined;
  const timeStart = start + timeKey.length;
  const timeEnd = item.indexOf(QUOTE, timeStart);
  const isStdout = item.compare(stdoutKey, 0, stdoutKey.length, timeEnd, timeEnd + stdoutKey.length) === 0;
  const isStderr = item.compare(stderrKey, 0, stderrKey.length, timeEnd, timeEnd + stderrKey.length) === 0;
  if (!isStdout && !isStderr) return undefined;
  const messageStart = timeEnd + stdoutKey.length;
  const messageEnd = item.indexOf(logKey, messageStart);
  const suffixStart = item.indexOf(fileKey, messageEnd);
  if (messageEnd < 0 || suffixStart < 0) return undefined;
  const log = /^(?:"level":"([a-z]+)",)?"offset":(\d+)$/.exec(
    item.toString('latin1', messageEnd + logKey.length, suffixStart),
  );
  if (!log) return undefined;
  return {
    time: item.toString('latin1', timeStart, timeEnd),
    message: unescape(item.subarray(messageStart, messageEnd)),
    level: log[1],
    attributes: { 'log.iostream': isStdout ? 'stdout' : 'stderr', 'log.file.record_offset': Number(log[2]) },
    suffix: item.subarray(suffixStart),
  };
}

function unescape(text: Buffer): Buffer {
  return text.includes(BACKSLASH) ? Buffer.from(JSON.parse(`"${text.toString()}"`) as string) : text;
}

/** `,"file":{…}},"container":…}\n` is the end of `{"log":{"offset":0`. */
function parseSuffix(suffix: Buffer): Attributes {
  const document = JSON.parse(`{"log":{"offset":0${suffix.toString()}`) as Record<string, unknown>;
  const { resource, record: rest } = splitDocument({ ...document, log: undefined });
  const path = (document['log'] as { file?: { path?: string } }).file?.path;
  return { ...resource, ...rest, ...(path === undefined ? {} : { 'log.file.path': path }) };
}

/** Records, and lines that were changed on the way. */
function parseDocument(bytes: Buffer, id: string): { readonly resource: Attributes; readonly entry: Entry } {
  const {
    '@timestamp': time,
    message,
    stream,
    log,
    ...fields
  } = JSON.parse(bytes.toString()) as Record<string, unknown>;
  const { level, offset, file } = (log ?? {}) as { level?: unknown; offset?: unknown; file?: { path?: unknown } };
  const { resource, record: rest } = splitDocument(fields);
  const attributes: Record<string, Attribute> = { ...rest, 'log.record.uid': id };
  if (typeof stream === 'string') attributes['log.iostream'] = stream;
  if (typeof offset === 'number') attributes['log.file.record_offset'] = offset;
  return {
    resource: typeof file?.path === 'string' ? { ...resource, 'log.file.path': file.path } : resource,
    entry: {
      time: typeof time === 'string' ? time : '',
      message: Buffer.from(typeof message === 'string' ? message : JSON.stringify(message ?? '')),
      level: typeof level === 'string' ? level : undefined,
      attributes,
    },
  };
}

function groupOf(groups: Map<string, Group>, resource: Attributes): Group {
  const key = JSON.stringify(resource);
  const known = groups.get(key);
  if (known) return known;
  const group = { resource, records: new ProtobufWriter() };
  groups.set(key, group);
  return group;
}

function writeRecord(into: ProtobufWriter, entry: Entry, observed: bigint): void {
  record.reset();
  const time = parseNanoTime(entry.time);
  if (time) record.fixed64(logRecord.time, nanosOf(time));
  if (entry.level !== undefined) {
    record.integer(logRecord.severityNumber, severities[entry.level] ?? 0);
    record.text(logRecord.severityText, entry.level);
  }
  body.reset();
  body.bytes(anyValue.string, entry.message);
  record.message(logRecord.body, body);
  writeAttributes(record, logRecord.attributes, entry.attributes);
  record.fixed64(logRecord.observedTime, observed);
  into.message(scopeLogs.logRecords, record);
}

function joinGroups(groups: ReadonlyMap<string, Group>): Buffer {
  const whole = new ProtobufWriter();
  const part = new ProtobufWriter();
  const inner = new ProtobufWriter();
  for (const { resource, records } of groups.values()) {
    part.reset();
    inner.reset();
    writeAttributes(inner, resourceFields.attributes, resource);
    part.message(resourceLogs.resource, inner);
    inner.reset();
    inner.text(scopeFields.name, 'vigil');
    const scope = Buffer.from(inner.written);
    inner.reset();
    inner.bytes(scopeLogs.scope, scope);
    inner.fields(records.written);
    part.message(resourceLogs.scopeLogs, inner);
    whole.message(request.resourceLogs, part);
  }
  return whole.written;
}
