import type { Compression } from '../../../lib/config/log-shipper.ts';
import type { HttpRequest } from '../http/http-client.ts';

/** Only what the judgement of an answer needs: answers of thousands of stored items are a few bytes. */
const BULK_PATH =
  '/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason';

/** `application/x-ndjson` is taken by Elasticsearch 8 and 9 and OpenSearch 2 and 3 alike. */
export function bulkRequest(body: Buffer, compression: Compression): HttpRequest {
  const headers: Record<string, string> = { 'content-type': 'application/x-ndjson' };
  if (compression !== 'none') headers['content-encoding'] = compression;
  return { method: 'POST', path: BULK_PATH, body, headers };
}
