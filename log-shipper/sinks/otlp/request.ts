import type { Compression } from '../../../lib/config/log-shipper.ts';
import type { HttpRequest } from '../http/http-client.ts';

/** An export request as the OTLP specification says: binary protobuf to `/v1/logs`. */
export function exportRequest(body: Buffer, compression: Compression): HttpRequest {
  const headers: Record<string, string> = {
    'content-type': 'application/x-protobuf',
    accept: 'application/x-protobuf',
  };
  if (compression !== 'none') headers['content-encoding'] = compression;
  return { method: 'POST', path: '/v1/logs', body, headers };
}
