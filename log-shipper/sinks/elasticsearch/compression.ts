import type { Compression } from '../../../lib/config/log-shipper.ts';
import { compress } from '../http/compress.ts';
import type { HttpClient } from '../http/http-client.ts';

const question = Buffer.from('{"query":{"match_all":{}}}');

/**
 * The compression that bodies are sent with: the wanted one, or gzip where the server does not know it. Elasticsearch takes a body in an encoding that it does
 * not know for the content itself, so it is asked with a search that would be malformed; OpenSearch 2 closes the connection. Rejects as `request` does.
 */
export async function supportedCompression(
  client: HttpClient,
  wanted: Compression,
  signal: AbortSignal,
): Promise<Compression> {
  if (wanted !== 'zstd') return wanted;
  let status: number;
  try {
    status = await ask(client, wanted, signal);
  } catch {
    // The encoding is to blame only if the same question is answered without it.
    await ask(client, 'none', signal);
    return 'gzip';
  }
  // Whoever may not count cannot tell: then the wish counts.
  return status === 400 || status === 406 || status === 415 ? 'gzip' : wanted;
}

async function ask(client: HttpClient, encoding: 'zstd' | 'none', signal: AbortSignal): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    ...(encoding === 'none' ? {} : { 'content-encoding': encoding }),
  };
  const body = encoding === 'none' ? question : await compress(question, encoding);
  const answer = await client.request({ method: 'POST', path: '/logs-vigil.*/_count', body, headers }, signal);
  return answer.status;
}
