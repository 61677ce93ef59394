import { logFields } from '../../lib/log-record.ts';
import { backingNameOf, type Engine } from '../engine/engine.ts';
import type { IndexStore } from '../engine/index-store.ts';
import { LIFECYCLE_SETTING, lifecycleOf, parseLifecycle } from '../engine/stream-lifecycle.ts';
import { badRequest, StoreError } from '../engine/store-error.ts';
import { globMatches } from '../mapping/glob.ts';
import type { MappingBody } from '../mapping/index-mapping.ts';
import { resolveTemplate, type ComponentTemplate, type IndexTemplate } from '../mapping/templates.ts';
import { acknowledged, flag, jsonBody, ok, type ApiRequest, type ApiResponse } from './request.ts';
import { textOf } from '../text-of.ts';

/** Templates, components and policies of each kind. */
const MAX_DEFINITIONS = 1_000;

export function createIndex(engine: Engine, request: ApiRequest, name: string): ApiResponse {
  const body = jsonBody(request);
  if (resolveTemplate(name, engine.templates, engine.components).dataStream) {
    throw badRequest(
      `cannot create index with name [${name}], because it matches with template that creates data streams only, use create data stream api instead`,
    );
  }
  engine.createIndex(
    name,
    {
      mappings: (body['mappings'] ?? {}) as MappingBody,
      settings: (body['settings'] ?? {}) as Record<string, unknown>,
      aliases: (body['aliases'] ?? {}) as Record<string, unknown>,
    },
    'index',
  );
  return ok({ acknowledged: true, shards_acknowledged: true, index: name });
}

export function deleteIndices(engine: Engine, request: ApiRequest, expression: string): ApiResponse {
  for (const index of engine.resolve(expression, { ignoreUnavailable: flag(request, 'ignore_unavailable') })) {
    if (index.dataStream)
      throw badRequest(
        `index [${expression}] is the write index for data stream [${index.name}] and cannot be deleted`,
      );
    engine.deleteIndex(index);
  }
  return acknowledged;
}

export function describeIndices(engine: Engine, request: ApiRequest, expression: string): ApiResponse {
  const indices = engine.resolve(expression, { ignoreUnavailable: flag(request, 'ignore_unavailable') });
  return ok(
    Object.fromEntries(
      indices.map((index) => [
        backingNameOf(index),
        {
          aliases: aliasesOf(engine, index),
          mappings: index.mapping.toBody(),
          settings: settingsOf(index),
          ...(index.dataStream ? { data_stream: index.name } : {}),
        },
      ]),
    ),
  );
}

export function getMapping(engine: Engine, expression: string | undefined): ApiResponse {
  return ok(
    Object.fromEntries(
      engine.resolve(expression).map((index) => [backingNameOf(index), { mappings: index.mapping.toBody() }]),
    ),
  );
}

export function putMapping(engine: Engine, request: ApiRequest, expression: string): ApiResponse {
  const body = jsonBody(request) as MappingBody;
  for (const index of engine.resolve(expression)) {
    for (const [name, property] of Object.entries(body.properties ?? {})) {
      const known = index.mapping.field(name);
      if (known && property.type !== undefined && known.typeName !== property.type) {
        throw badRequest(`mapper [${name}] cannot be changed from type [${known.typeName}] to [${property.type}]`);
      }
    }
    index.mapping.merge(body);
  }
  engine.catalogChanged();
  return acknowledged;
}

export function getSettings(engine: Engine, expression: string | undefined): ApiResponse {
  return ok(
    Object.fromEntries(
      engine.resolve(expression).map((index) => [backingNameOf(index), { settings: settingsOf(index) }]),
    ),
  );
}

export function putSettings(engine: Engine, request: ApiRequest, expression: string | undefined): ApiResponse {
  const body = jsonBody(request);
  for (const index of engine.resolve(expression)) index.settings = { ...index.settings, ...body };
  engine.catalogChanged();
  return acknowledged;
}

export function fieldCaps(engine: Engine, request: ApiRequest, expression: string | undefined): ApiResponse {
  const indices = engine.resolve(expression, { ignoreUnavailable: flag(request, 'ignore_unavailable') });
  const body = jsonBody(request);
  const asked = body['fields'] ?? request.query.get('fields')?.split(',') ?? ['*'];
  const patterns = (Array.isArray(asked) ? asked : [asked]).map(String);
  const fields: Record<string, Record<string, unknown>> = {};
  const add = (path: string, type: string, searchable: boolean, aggregatable: boolean, metadata = false) => {
    if (!patterns.some((pattern) => globMatches(pattern, path))) return;
    (fields[path] ??= {})[type] = { type, metadata_field: metadata, searchable, aggregatable };
  };
  for (const index of indices) {
    for (const field of index.mapping.fields()) {
      add(field.path, field.typeName, true, field.type !== 'text');
      for (let dot = field.path.indexOf('.'); dot > 0; dot = field.path.indexOf('.', dot + 1)) {
        const parent = field.path.slice(0, dot);
        if (!index.mapping.field(parent)) add(parent, 'object', false, false);
      }
    }
  }
  if (indices.length > 0) {
    add('_id', '_id', true, false, true);
    add('_index', '_index', true, true, true);
    add('_source', '_source', false, false, true);
  }
  return ok({ indices: indices.map(backingNameOf), fields });
}

export function dataStreams(engine: Engine, request: ApiRequest, expression: string | undefined): ApiResponse {
  const plain = expression !== undefined && !expression.includes('*');
  const streams = engine.resolve(expression ?? '*', { ignoreUnavailable: !plain }).filter((index) => index.dataStream);
  if (request.method === 'DELETE') {
    for (const index of streams) engine.deleteIndex(index);
    return acknowledged;
  }
  return ok({
    data_streams: streams.map((index) => ({
      name: index.name,
      timestamp_field: { name: logFields.time },
      indices: [{ index_name: backingNameOf(index), index_uuid: index.uuid }],
      generation: 1,
      status: 'GREEN',
      template:
        [...engine.templates].find(([, template]) =>
          template.index_patterns.some((pattern) => globMatches(pattern, index.name)),
        )?.[0] ?? 'logs',
      hidden: false,
      system: false,
      allow_custom_routing: false,
      replicated: false,
    })),
  });
}

/** `PUT|GET|DELETE /_data_stream/{name}/_lifecycle`: how long a stream's documents are kept, and how many bytes of them. */
export function lifecycle(engine: Engine, request: ApiRequest, expression: string): ApiResponse {
  const streams = engine.resolve(expression).filter((index) => index.dataStream);
  if (request.method === 'GET') {
    return ok({
      data_streams: streams.map((index) => {
        const own = lifecycleOf(index.settings);
        return { name: index.name, ...(own ? { lifecycle: { enabled: true, ...own } } : {}) };
      }),
    });
  }
  const put = request.method === 'DELETE' ? undefined : parseLifecycle(jsonBody(request));
  for (const index of streams) {
    const { [LIFECYCLE_SETTING]: _old, ...others } = index.settings;
    index.settings = put ? { ...others, [LIFECYCLE_SETTING]: put } : others;
  }
  engine.catalogChanged();
  return acknowledged;
}

export function createDataStream(engine: Engine, name: string): ApiResponse {
  if (!resolveTemplate(name, engine.templates, engine.components).dataStream) {
    throw badRequest(`no matching index template found for data stream [${name}]`);
  }
  engine.createIndex(name, {}, 'dataStream');
  return acknowledged;
}

/** Aliases: `POST /_aliases` with add and remove actions. */
export function updateAliases(engine: Engine, request: ApiRequest): ApiResponse {
  const actions = jsonBody(request)['actions'];
  if (!Array.isArray(actions)) throw badRequest('No action specified', 'action_request_validation_exception');
  for (const action of actions as Record<string, Record<string, unknown>>[]) {
    const [kind, spec] = Object.entries(action)[0] ?? [];
    const names = listOf(spec?.['indices'] ?? spec?.['index']).flatMap((name) => engine.resolve(name));
    const aliases = listOf(spec?.['aliases'] ?? spec?.['alias']);
    for (const index of names) {
      if (kind === 'remove_index') engine.deleteIndex(index);
      for (const alias of aliases) {
        if (kind === 'add') engine.addAlias(alias, index.name);
        else if (kind === 'remove') engine.aliases.get(alias)?.delete(index.name);
      }
    }
  }
  engine.catalogChanged();
  return acknowledged;
}

export function getAliases(engine: Engine, expression: string | undefined, alias: string | undefined): ApiResponse {
  const indices = engine.resolve(expression ?? alias, { ignoreUnavailable: true });
  if (alias !== undefined && !alias.includes('*') && !engine.aliases.get(alias)?.size) {
    return { status: 404, body: { error: `alias [${alias}] missing`, status: 404 } };
  }
  return ok(Object.fromEntries(indices.map((index) => [backingNameOf(index), { aliases: aliasesOf(engine, index) }])));
}

export type DefinitionKind = 'template' | 'component' | 'policy';

/** `PUT|GET|HEAD|DELETE` of index templates, component templates and policies (kept for those who install them). */
export function definitions(
  engine: Engine,
  request: ApiRequest,
  kind: DefinitionKind,
  name: string | undefined,
  listKey: string,
): ApiResponse {
  const map: Map<string, unknown> =
    kind === 'template' ? engine.templates : kind === 'component' ? engine.components : engine.policies;
  const key = (plain: string) => (kind === 'policy' ? `${listKey}/${plain}` : plain);
  if (request.method === 'PUT' || request.method === 'POST') {
    if (name === undefined) throw badRequest('a name is missing');
    if (map.size >= MAX_DEFINITIONS && !map.has(key(name)))
      throw badRequest(`at most ${MAX_DEFINITIONS} definitions are kept`);
    map.set(key(name), kind === 'policy' ? jsonBody(request) : checkTemplate(engine, kind, name, jsonBody(request)));
    engine.catalogChanged();
    return acknowledged;
  }
  const found = [...map].filter(
    ([id]) => (kind === 'policy' ? id.startsWith(`${listKey}/`) : true) && globMatches(key(name ?? '*'), id),
  );
  if (found.length === 0 && name !== undefined && !name.includes('*')) {
    return {
      status: 404,
      body: { error: { type: 'resource_not_found_exception', reason: `${kind} [${name}] not found` }, status: 404 },
    };
  }
  if (request.method === 'DELETE') {
    for (const [id] of found) map.delete(id);
    engine.catalogChanged();
    return acknowledged;
  }
  if (kind === 'policy')
    return ok(Object.fromEntries(found.map(([id, policy]) => [id.slice(listKey.length + 1), policy])));
  const inner = kind === 'template' ? 'index_template' : 'component_template';
  return ok({ [listKey]: found.map(([id, body]) => ({ name: id, [inner]: body })) });
}

function checkTemplate(
  engine: Engine,
  kind: DefinitionKind,
  name: string,
  body: Record<string, unknown>,
): IndexTemplate | ComponentTemplate {
  if (kind === 'component') {
    if (typeof body['template'] !== 'object') throw badRequest(`component template [${name}] needs [template]`);
    return body as unknown as ComponentTemplate;
  }
  const patterns = listOf(body['index_patterns']);
  if (patterns.length === 0) throw badRequest(`index template [${name}] needs [index_patterns]`);
  const mayBeMissing = listOf(body['ignore_missing_component_templates']);
  for (const part of listOf(body['composed_of'])) {
    if (!engine.components.has(part) && !mayBeMissing.includes(part)) {
      throw badRequest(`index template [${name}] specifies component templates [${part}] that do not exist`);
    }
  }
  return { ...body, index_patterns: patterns };
}

function aliasesOf(engine: Engine, index: IndexStore): Record<string, unknown> {
  return Object.fromEntries(
    [...engine.aliases].filter(([, targets]) => targets.has(index.name)).map(([alias]) => [alias, {}]),
  );
}

function settingsOf(index: IndexStore): Record<string, unknown> {
  const own = (index.settings['index'] ?? {}) as Record<string, unknown>;
  return {
    index: {
      ...own,
      uuid: index.uuid,
      provided_name: backingNameOf(index),
      creation_date: String(index.createdMs),
      number_of_shards: '1',
      number_of_replicas: '0',
    },
  };
}

function listOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [textOf(value)];
  if (value.length > 1_000) throw new StoreError(400, 'illegal_argument_exception', 'a list has at most 1000 items');
  return value.map(String);
}
