import { VigilError } from '../../../lib/errors.ts';
import type { HttpClient } from '../http/http-client.ts';

/** Increased with every change of the template; an older one on the server is replaced, a newer one left alone. */
const TEMPLATE_VERSION = 1;
const TEMPLATE_NAME = 'logs-vigil';
/** Above Elasticsearch's own `logs` template. */
const TEMPLATE_PRIORITY = 300;
const MAX_FIELDS = 2_000;

export interface Installed {
  readonly distribution: 'elasticsearch' | 'opensearch';
  readonly version: string;
  /** False when the same or a newer version was there. */
  readonly changed: boolean;
}

/** Makes sure that the index template of Vigil's data streams is on the server. */
export async function installTemplates(client: HttpClient, signal: AbortSignal): Promise<Installed> {
  const root = await ask(client, 'GET', '/', undefined, signal);
  const version = root['version'] as { number?: string; distribution?: string } | undefined;
  const distribution = version?.distribution === 'opensearch' ? 'opensearch' : 'elasticsearch';
  const server = { distribution, version: version?.number ?? '' } as const;
  const present = await ask(client, 'GET', `/_index_template/${TEMPLATE_NAME}`, undefined, signal);
  const list = present['index_templates'] as { index_template?: { version?: number } }[] | undefined;
  if ((list?.[0]?.index_template?.version ?? 0) >= TEMPLATE_VERSION) return { ...server, changed: false };
  await putTemplate(client, distribution, signal);
  return { ...server, changed: true };
}

/** Not every offering of Elasticsearch has the module that `match_only_text` comes with: there, messages take more room. */
async function putTemplate(
  client: HttpClient,
  distribution: Installed['distribution'],
  signal: AbortSignal,
): Promise<void> {
  const path = `/_index_template/${TEMPLATE_NAME}`;
  try {
    await ask(client, 'PUT', path, indexTemplate(distribution), signal);
  } catch (error) {
    if (!(error instanceof VigilError) || distribution === 'opensearch') throw error;
    await ask(client, 'PUT', path, indexTemplate(distribution, 'text'), signal);
  }
}

/** The template for `logs-vigil.*-*`: nanosecond times, words in messages, keywords elsewhere, labels in one field. */
export function indexTemplate(
  distribution: Installed['distribution'],
  messageType = distribution === 'opensearch' ? 'text' : 'match_only_text',
): Record<string, unknown> {
  const flattened = distribution === 'opensearch' ? { type: 'flat_object' } : { type: 'flattened' };
  const keyword = { type: 'keyword', ignore_above: 1024 };
  return {
    index_patterns: ['logs-vigil.*-*'],
    priority: TEMPLATE_PRIORITY,
    version: TEMPLATE_VERSION,
    data_stream: {},
    _meta: { managed_by: 'vigil' },
    template: {
      settings: {
        index: {
          number_of_replicas: 0,
          refresh_interval: '1s',
          mapping: { total_fields: { limit: MAX_FIELDS } },
          query: { default_field: ['message'] },
        },
      },
      mappings: {
        date_detection: false,
        dynamic_templates: [{ strings: { match_mapping_type: 'string', mapping: keyword } }],
        properties: {
          '@timestamp': { type: 'date_nanos' },
          message: { type: messageType },
          log: { properties: { level: keyword, offset: { type: 'long' }, file: { properties: { path: keyword } } } },
          event: {
            properties: {
              duration: { type: 'long' },
              start: { type: 'date' },
              end: { type: 'date' },
              original: { type: 'keyword', index: false, doc_values: false, ignore_above: 32_766 },
            },
          },
          error: { properties: { message: { type: 'text' } } },
          kubernetes: { properties: { labels: flattened } },
          vigil: {
            properties: {
              fields: flattened,
              restart_count: { type: 'long' },
              decision: { properties: { evidence: flattened } },
              termination: {
                properties: { message: { type: 'text' }, last_lines: { type: 'text' }, started_at: { type: 'date' } },
              },
              probe: { properties: { output: { type: 'text' }, latency_ms: { type: 'double' } } },
            },
          },
        },
      },
    },
  };
}

async function ask(
  client: HttpClient,
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const json =
    body === undefined
      ? {}
      : { body: Buffer.from(JSON.stringify(body)), headers: { 'content-type': 'application/json' } };
  const answer = await client.request({ method, path, ...json }, signal);
  const text = answer.body.toString();
  if (answer.status === 404 && method === 'GET') return {};
  if (answer.status >= 300) {
    throw new VigilError(
      'STORE_REFUSED',
      'transient',
      `${method} ${path} answered status ${answer.status}: ${text.slice(0, 300)}${client.hint(answer.status)}`,
    );
  }
  return JSON.parse(text) as Record<string, unknown>;
}
