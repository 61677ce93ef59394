import type { Distribution, Server } from './health.ts';

/** Increased with every change of what is below; an older version on the server is replaced, the same or a newer one left alone. */
export const TEMPLATE_VERSION = 2;
export const INDEX_TEMPLATE = 'logs-vigil';
/** Component templates by Elasticsearch's convention: two of ours, and the user's own, which is above them and never touched. */
export const components = {
  settings: 'logs-vigil@settings',
  mappings: 'logs-vigil@mappings',
  custom: 'logs-vigil@custom',
} as const;
export const MANAGED = { managed_by: 'vigil' } as const;

/** Above Elasticsearch's own `logs` template. */
const TEMPLATE_PRIORITY = 300;
const MAX_FIELDS = 2_000;

/** The template for `logs-vigil.*-*`. `hasCustom`: the user's component template is on the server. */
export function indexTemplate(server: Server, hasCustom: boolean): Record<string, unknown> {
  const own = [components.settings, components.mappings];
  const mayBeMissing = ignoresMissing(server);
  return {
    index_patterns: ['logs-vigil.*-*'],
    priority: TEMPLATE_PRIORITY,
    version: TEMPLATE_VERSION,
    data_stream: {},
    _meta: MANAGED,
    composed_of: mayBeMissing || hasCustom ? [...own, components.custom] : own,
    ...(mayBeMissing ? { ignore_missing_component_templates: [components.custom] } : {}),
  };
}

/** Elasticsearch takes names of component templates that may come later, since 8.7; OpenSearch does not. */
function ignoresMissing({ distribution, version }: Server): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return distribution === 'elasticsearch' && (major > 8 || (major === 8 && minor >= 7));
}

/** `lifecycle`: name of the policy that indices follow. */
export function settingsComponent(lifecycle: string | undefined): Record<string, unknown> {
  return {
    version: TEMPLATE_VERSION,
    _meta: { ...MANAGED, ...(lifecycle === undefined ? {} : { lifecycle }) },
    template: {
      settings: {
        'index.number_of_replicas': 0,
        'index.refresh_interval': '1s',
        'index.mapping.total_fields.limit': MAX_FIELDS,
        'index.query.default_field': ['message'],
        ...(lifecycle === undefined ? {} : { 'index.lifecycle.name': lifecycle }),
      },
    },
  };
}

/** Nanosecond times, words in messages, keywords elsewhere, labels in one field, so that no two pods' labels fight. */
export function mappingsComponent(
  distribution: Distribution,
  messageType = distribution === 'opensearch' ? 'text' : 'match_only_text',
): Record<string, unknown> {
  const flattened = distribution === 'opensearch' ? { type: 'flat_object' } : { type: 'flattened' };
  const keyword = { type: 'keyword', ignore_above: 1024 };
  return {
    version: TEMPLATE_VERSION,
    _meta: MANAGED,
    template: {
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
              original: { type: 'keyword', index: false, doc_values: false },
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

interface Present {
  readonly version?: unknown;
  readonly _meta?: unknown;
  readonly composed_of?: unknown;
}

/**
 * Whether a template on the server (`undefined`: there is none) is to be written. What is newer, or of somebody else, or ours of this version is left alone,
 * whatever was changed in it; except where this version would now name a policy or a component that it did not name then.
 */
export function isToBeWritten(present: Present | undefined, wanted: Present): boolean {
  if (!present) return true;
  const meta = metaOf(present);
  if (meta['managed_by'] !== MANAGED.managed_by) return false;
  const version = typeof present.version === 'number' ? present.version : 0;
  if (version !== TEMPLATE_VERSION) return version < TEMPLATE_VERSION;
  const lifecycle = metaOf(wanted)['lifecycle'];
  if (lifecycle !== undefined && meta['lifecycle'] !== lifecycle) return true;
  const has = Array.isArray(present.composed_of) ? present.composed_of : [];
  return Array.isArray(wanted.composed_of) && wanted.composed_of.some((name) => !has.includes(name));
}

function metaOf(template: Present): Readonly<Record<string, unknown>> {
  const { _meta: meta } = template;
  return typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>) : {};
}
