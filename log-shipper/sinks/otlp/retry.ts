import { ProtobufReader } from '../../../lib/kube/protobuf-reader.ts';
import type { Verdict } from '../delivery/verdict.ts';

/** Field numbers of `ExportLogsServiceResponse`, `ExportLogsPartialSuccess` and `google.rpc.Status`. */
const response = { partialSuccess: 1 } as const;
const partialSuccess = { rejected: 1, message: 2 } as const;
const status = { message: 2 } as const;

const MAX_REASON_CHARACTERS = 500;

/**
 * Judges an answer to an export request. The specification has clients give up at other failures than 429, 502, 503 and 504; here only what blames the
 * content (400, 413, 422) is given up, item by item: wrong credentials, wrong addresses and a server's own failures are somebody's to repair, and the lines are good.
 */
export function judgeExport(code: number, body: Buffer): Verdict {
  if (code >= 200 && code < 300) return judgeTaken(body);
  const reason = statusMessage(body);
  if (code === 400 || code === 413 || code === 422) return { kind: 'split', status: code, reason };
  return { kind: 'retry', reason: `status ${code}: ${reason}` };
}

function judgeTaken(body: Buffer): Verdict {
  let count = 0;
  let reason = '';
  try {
    eachField(body, (number, wireType, reader) => {
      if (number !== response.partialSuccess) return false;
      eachField(reader.bytes(wireType), (inner, innerType, part) => {
        if (inner === partialSuccess.rejected) count = part.integer(innerType);
        else if (inner === partialSuccess.message) reason = part.bytes(innerType).toString();
        else return false;
        return true;
      });
      return true;
    });
  } catch {
    // It said 2xx; what it has to add cannot be read.
    return { kind: 'taken' };
  }
  if (count <= 0) return { kind: 'taken' };
  return { kind: 'partly-rejected', count, reason: reason.slice(0, MAX_REASON_CHARACTERS) };
}

function statusMessage(body: Buffer): string {
  let message: string | undefined;
  try {
    eachField(body, (number, wireType, reader) => {
      if (number !== status.message) return false;
      message = reader.bytes(wireType).toString();
      return true;
    });
  } catch {
    // Proxies answer in plain text.
    message = undefined;
  }
  return (message ?? body.toString('utf8', 0, MAX_REASON_CHARACTERS)).slice(0, MAX_REASON_CHARACTERS);
}

/** `take` reads a field's value and says so, or leaves it to be skipped. */
function eachField(bytes: Buffer, take: (number: number, wireType: number, reader: ProtobufReader) => boolean): void {
  const reader = new ProtobufReader(bytes);
  while (reader.more) {
    const { number, wireType } = reader.tag();
    if (!take(number, wireType, reader)) reader.skip(wireType);
  }
}
