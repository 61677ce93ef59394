import { LIFECYCLE_SETTING, parseLifecycle } from '../engine/stream-lifecycle.ts';
import type { MappingBody } from './index-mapping.ts';
import { globMatches } from './glob.ts';

/** An index template's or component template's `template` part. */
interface TemplateContent {
  readonly mappings?: MappingBody;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly aliases?: Readonly<Record<string, unknown>>;
  readonly lifecycle?: Readonly<Record<string, unknown>>;
}

export interface IndexTemplate {
  readonly index_patterns: readonly string[];
  readonly composed_of?: readonly string[];
  readonly priority?: number;
  readonly data_stream?: unknown;
  readonly template?: TemplateContent;
  readonly version?: number;
  readonly [other: string]: unknown;
}

export interface ComponentTemplate {
  readonly template: TemplateContent;
  readonly version?: number;
  readonly [other: string]: unknown;
}

/** Applies to `logs-*-*` when nothing better does, as Elasticsearch's own `logs` template: words in `message`, keywords elsewhere. */
const builtinLogs: IndexTemplate = {
  index_patterns: ['logs-*-*'],
  priority: 100,
  data_stream: {},
  template: {
    mappings: {
      date_detection: false,
      dynamic_templates: [
        { strings: { match_mapping_type: 'string', mapping: { type: 'keyword', ignore_above: 1024 } } },
      ],
      properties: {
        '@timestamp': { type: 'date' },
        message: { type: 'match_only_text' },
        kubernetes: { properties: { labels: { type: 'flattened' } } },
      },
    },
  },
};

export interface ResolvedTemplate {
  readonly dataStream: boolean;
  readonly mappings: readonly MappingBody[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly aliases: readonly string[];
}

/** Every data stream has times, whatever its template says. */
const timeOfStreams: TemplateContent = { mappings: { properties: { '@timestamp': { type: 'date' } } } };

function settingsIn(layer: TemplateContent | undefined): Record<string, unknown> {
  const lifecycle = layer?.lifecycle;
  return { ...layer?.settings, ...(lifecycle ? { [LIFECYCLE_SETTING]: parseLifecycle(lifecycle) } : {}) };
}

/** What applies to a new index of that name: the matching template with the highest priority on top of its components. */
export function resolveTemplate(
  name: string,
  templates: ReadonlyMap<string, IndexTemplate>,
  components: ReadonlyMap<string, ComponentTemplate>,
): ResolvedTemplate {
  const best = [builtinLogs, ...templates.values()]
    .filter((template) => template.index_patterns.some((pattern) => globMatches(pattern, name)))
    .reduce<IndexTemplate | undefined>((a, b) => (a && (a.priority ?? 0) > (b.priority ?? 0) ? a : b), undefined);
  if (!best) return { dataStream: false, mappings: [], settings: {}, aliases: [] };
  const timed = best.data_stream === undefined ? [] : [timeOfStreams];
  const layers = [...timed, ...(best.composed_of ?? []).map((part) => components.get(part)?.template), best.template];
  return {
    dataStream: best.data_stream !== undefined,
    mappings: layers.flatMap((layer) => (layer?.mappings ? [layer.mappings] : [])),
    settings: Object.assign({}, ...layers.map(settingsIn)) as Record<string, unknown>,
    aliases: layers.flatMap((layer) => Object.keys(layer?.aliases ?? {})),
  };
}
