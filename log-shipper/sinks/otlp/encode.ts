import type { Batch } from '../../buffer/batch.ts';
import { writeAttributes, type Attribute, type Attributes } from './attributes.ts';
import { findLineParts, newLineParts } from './line-parts.ts';
import { attributeNames, writeLine, writeRecord, type RecordParts } from './log-record.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { splitDocument } from './resource.ts';

const NEWLINE = 10;
const idKey = Buffer.from('"_id":"');
const ACTION_END = '"}}';

/** Field numbers of collector/logs/v1/logs_service.proto, logs/v1/logs.proto and resource/v1/resource.proto. */
const request = { resourceLogs: 1 } as const;
const resourceLogs = { resource: 1, scopeLogs: 2 } as const;
const resourceFields = { attributes: 1 } as const;
const scopeLogs = { scope: 1, logRecords: 2 } as const;
const scopeFields = { name: 1 } as const;

/** Records of one resource, encoded one after the other. */
interface Group {
  readonly resource: Attributes;
  readonly records: ProtobufWriter;
}

const parts = newLineParts();

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
    const idStart = item.indexOf(idKey) + idKey.length;
    const idEnd = newline - ACTION_END.length;
    if (!findLineParts(item, newline + 1, parts)) {
      const id = item.toString('latin1', idStart, idEnd);
      const { resource, record } = parseDocument(item.subarray(newline + 1), id);
      writeRecord(groupOf(groups, resource).records, scopeLogs.logRecords, record, observed);
      continue;
    }
    if (!lastGroup || !lastSuffix || item.compare(lastSuffix, 0, lastSuffix.length, parts.suffixStart) !== 0) {
      lastSuffix = item.subarray(parts.suffixStart);
      lastGroup = groupOf(groups, parseSuffix(lastSuffix));
    }
    writeLine(lastGroup.records, scopeLogs.logRecords, item, parts, idStart, idEnd, observed);
  }
  return joinGroups(groups);
}

/** `,"file":{…}},"container":…}\n` is the end of `{"log":{"offset":0`. */
function parseSuffix(suffix: Buffer): Attributes {
  const document = JSON.parse(`{"log":{"offset":0${suffix.toString()}`) as Record<string, unknown>;
  const { resource, record } = splitDocument({ ...document, log: undefined });
  const path = (document['log'] as { file?: { path?: string } }).file?.path;
  return { ...resource, ...record, ...(path === undefined ? {} : { [attributeNames.path]: path }) };
}

/** Records, and lines that were changed on the way. */
function parseDocument(bytes: Buffer, id: string): { readonly resource: Attributes; readonly record: RecordParts } {
  const {
    '@timestamp': time,
    message,
    stream,
    log,
    ...fields
  } = JSON.parse(bytes.toString()) as Record<string, unknown>;
  const { level, offset, file } = (log ?? {}) as { level?: unknown; offset?: unknown; file?: { path?: unknown } };
  const { resource, record } = splitDocument(fields);
  const attributes: Record<string, Attribute> = { ...record, [attributeNames.uid]: id };
  if (typeof stream === 'string') attributes[attributeNames.stream] = stream;
  if (typeof offset === 'number') attributes[attributeNames.offset] = offset;
  return {
    resource: typeof file?.path === 'string' ? { ...resource, [attributeNames.path]: file.path } : resource,
    record: {
      time: typeof time === 'string' ? time : '',
      message: typeof message === 'string' ? message : JSON.stringify(message ?? ''),
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

function joinGroups(groups: ReadonlyMap<string, Group>): Buffer {
  const whole = new ProtobufWriter();
  const part = new ProtobufWriter();
  const inner = new ProtobufWriter();
  const scope = new ProtobufWriter();
  scope.text(scopeFields.name, 'vigil');
  for (const { resource, records } of groups.values()) {
    part.reset();
    inner.reset();
    writeAttributes(inner, resourceFields.attributes, resource);
    part.message(resourceLogs.resource, inner);
    inner.reset();
    inner.message(scopeLogs.scope, scope);
    inner.fields(records.written);
    part.message(resourceLogs.scopeLogs, inner);
    whole.message(request.resourceLogs, part);
  }
  return whole.written;
}
