import type { ClientHttp2Session } from 'node:http2';
import { errored, failure, success, type CheckOutcome } from './check-outcome.ts';

/** Answers of the health service are a few bytes. */
const MAX_ANSWER_BYTES = 1024;
const UNIMPLEMENTED = 12;
const NOT_FOUND = 5;

const servingStatus = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/**
 * `grpc.health.v1.Health/Check` over plain HTTP/2, spoken by hand: one message of one field each way, and a gRPC library would cost every node tens of megabytes.
 */
export async function grpcCheck(
  host: string,
  port: number,
  service: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  const timeout = AbortSignal.timeout(timeoutMs);
  // Loaded with the first gRPC probe: it costs every agent 5 MB that few need.
  const { connect } = await import('node:http2');
  const session = connect(`http://${host}:${port}`);
  try {
    return await ask(session, service, AbortSignal.any([signal, timeout]));
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted)
      return failure(`timeout: failed to connect service "${host}:${port}" within ${timeoutMs / 1000}s`);
    const why = error instanceof Error ? error.message : String(error);
    return failure(`error: health rpc to "${host}:${port}" failed: ${why}`);
  } finally {
    session.destroy();
  }
}

function ask(session: ClientHttp2Session, service: string, signal: AbortSignal): Promise<CheckOutcome> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    session.once('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/1.36',
    });
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    let code: number | undefined;
    let message = '';
    const readCode = (headers: Readonly<Record<string, unknown>>) => {
      if (headers['grpc-status'] !== undefined) code = Number(headers['grpc-status']);
      if (typeof headers['grpc-message'] === 'string') message = headers['grpc-message'];
    };
    stream.on('response', readCode);
    stream.on('trailers', readCode);
    stream.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= MAX_ANSWER_BYTES) chunks.push(chunk);
    });
    stream.once('error', reject);
    stream.once('end', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(judge(code, message, Buffer.concat(chunks), service));
    });
    stream.end(requestFrame(service));
  });
}

function judge(code: number | undefined, message: string, answer: Buffer, service: string): CheckOutcome {
  if (code === UNIMPLEMENTED) {
    return failure('error: this server does not implement the grpc health protocol (grpc.health.v1.Health)');
  }
  if (code === NOT_FOUND) return failure(`error: health rpc failed: service "${service}" is not known`);
  if (code !== undefined && code !== 0) return failure(`error: health rpc failed with code ${code}: ${message}`);
  const status = statusOf(answer);
  if (status === undefined) return errored('the answer is not one of the grpc health protocol');
  const word = servingStatus[status] ?? String(status);
  return word === 'SERVING' ? success('service healthy') : failure(`service unhealthy (responded with "${word}")`);
}

/** Frame: no compression, length, then `HealthCheckRequest{service = 1}`. */
function requestFrame(service: string): Buffer {
  const name = Buffer.from(service, 'utf8');
  const body = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** `HealthCheckResponse{status = 1}`; an empty message is status 0. */
function statusOf(frame: Buffer): number | undefined {
  if (frame.length < 5 || frame[0] !== 0) return undefined;
  const body = frame.subarray(5, 5 + frame.readUInt32BE(1));
  if (body.length === 0) return 0;
  return body[0] === 0x08 ? body[1] : undefined;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
