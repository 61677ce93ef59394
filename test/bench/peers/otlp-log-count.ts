const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;
/** `ExportLogsServiceRequest.resource_logs`, `ResourceLogs.scope_logs`, `ScopeLogs.log_records`: the path to a record, by field numbers. */
const RECORD_PATH = [1, 2, 2] as const;

/** How many log records an OTLP `ExportLogsServiceRequest` in protobuf holds; throws a `RangeError` when it is cut off. */
export function countLogRecords(body: Uint8Array): number {
  return countAt(body, 0, body.length, 0);
}

function countAt(bytes: Uint8Array, start: number, end: number, depth: number): number {
  const wanted = RECORD_PATH[depth];
  let count = 0;
  let at = start;
  while (at < end) {
    const key = varint(bytes, at);
    at = key.next;
    const wire = key.value & 7;
    if (wire === WIRE_BYTES) {
      const length = varint(bytes, at);
      at = length.next + length.value;
      if (at > end) throw new RangeError('the message is cut off');
      if (key.value >>> 3 !== wanted) continue;
      count += depth === RECORD_PATH.length - 1 ? 1 : countAt(bytes, length.next, at, depth + 1);
    } else if (wire === WIRE_VARINT) at = varint(bytes, at).next;
    else if (wire === WIRE_FIXED64) at += 8;
    else if (wire === WIRE_FIXED32) at += 4;
    else throw new RangeError(`wire type ${wire} is not known`);
  }
  return count;
}

/** Numbers here are keys and lengths: they fit into 32 bits. */
function varint(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let at = start, shift = 0; shift < 35; at++, shift += 7) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError('the message is cut off');
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return { value, next: start + 10 };
}
