import type { Compression } from '../../../lib/config/log-shipper.ts';
import { compress } from '../http/compress.ts';
import type { HttpClient } from '../http/http-client.ts';

const question = Buffer.from('{"query":{"match_all":{}}}');

/**
 * The compression that bodies are sent with: the wanted one, or gzip where the server does not know it. Elasticsearch takes a body in an encoding that it does
 * not know for the content itself, so it is asked with a search that would be malformed. Rejects as `request` does.
 */
export async function supportedCompression(
  client: HttpClient,
  wanted: Compression,
  signal: AbortSignal,
): Promise<Compression> {
  if (wanted !== 'zstd') return wanted;
  const headers = { 'content-type': 'application/json', 'content-encoding': wanted };
  const body = await compress(question, wanted);
  const { status } = await client.request({ method: 'POST', path: '/logs-vigil.*/_count', body, headers }, signal);
  // Whoever may not count cannot tell: then the wish counts.
  return status === 400 || status === 406 || status === 415 ? 'gzip' : wanted;
}
