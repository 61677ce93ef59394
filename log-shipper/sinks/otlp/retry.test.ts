import { expect, test } from 'vitest';
import { judgeExport } from './retry.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** `ExportLogsServiceResponse` with a partial success. */
function partial(rejected: number, message: string): Buffer {
  const inner = new ProtobufWriter();
  inner.integer(1, rejected);
  inner.text(2, message);
  const outer = new ProtobufWriter();
  outer.message(1, inner);
  return outer.written;
}

/** `google.rpc.Status`. */
function status(message: string): Buffer {
  const writer = new ProtobufWriter();
  writer.integer(1, 13);
  writer.text(2, message);
  return writer.written;
}

const nothing = Buffer.alloc(0);

test.each([
  ['an empty answer', 200, nothing, { kind: 'taken' }],
  ['a warning only', 200, partial(0, 'deprecated'), { kind: 'taken' }],
  ['a partial success', 200, partial(7, 'too old'), { kind: 'partly-rejected', count: 7, reason: 'too old' }],
  ['an answer that is no protobuf', 200, Buffer.from('{"partialSuccess":{}}'), { kind: 'taken' }],
  ['too many', 429, status('slow down'), { kind: 'retry', reason: 'status 429: slow down' }],
  [
    'unavailable, from a proxy',
    503,
    Buffer.from('upstream gone'),
    { kind: 'retry', reason: 'status 503: upstream gone' },
  ],
  ['no rights', 401, status('who are you'), { kind: 'retry', reason: 'status 401: who are you' }],
  ['a wrong path', 404, nothing, { kind: 'retry', reason: 'status 404: ' }],
  ['bad data', 400, status('bad utf-8'), { kind: 'split', status: 400, reason: 'bad utf-8' }],
  ['too large', 413, nothing, { kind: 'split', status: 413, reason: '' }],
])('%s', (_name, code, body, verdict) => {
  expect(judgeExport(code, body)).toEqual(verdict);
});
