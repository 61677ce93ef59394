import { fieldTypeOf, type FieldType } from './field-types.ts';
import { textOf } from '../text-of.ts';
import { globMatches } from './glob.ts';

/** A `mappings` body: what Elasticsearch calls the type, nested by `properties`. */
export interface MappingBody {
  readonly dynamic?: unknown;
  readonly date_detection?: boolean;
  readonly numeric_detection?: boolean;
  readonly dynamic_templates?: readonly Readonly<Record<string, DynamicTemplate>>[];
  readonly properties?: Readonly<Record<string, PropertyBody>>;
  readonly [other: string]: unknown;
}

export interface PropertyBody {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, PropertyBody>>;
  readonly fields?: Readonly<Record<string, PropertyBody>>;
  readonly [other: string]: unknown;
}

interface DynamicTemplate {
  readonly match_mapping_type?: string | readonly string[];
  readonly match?: string | readonly string[];
  readonly unmatch?: string | readonly string[];
  readonly path_match?: string | readonly string[];
  readonly path_unmatch?: string | readonly string[];
  readonly mapping?: PropertyBody;
}

export interface Field {
  readonly path: string;
  /** The type's name as in the mapping, e.g. `match_only_text`. */
  readonly typeName: string;
  readonly type: FieldType;
  /** Where its values are in the document: a multi-field (`message.keyword`) reads its parent. */
  readonly sourcePath: string;
  /** Keywords with more characters are stored but not found. */
  readonly ignoreAbove: number;
  /** Stands in for an explicit `null`; `undefined` when nulls count as missing. */
  readonly nullValue: unknown;
  /** The `format` of a date. */
  readonly format: string | undefined;
  /** False when the mapping says `index: false`: queries on it are refused. */
  readonly indexed: boolean;
  readonly scalingFactor: number;
}

/** What became of a field that a document brings. */
export type LearnedField = Field | 'ignored' | 'strict' | 'full';

interface ObjectRules {
  readonly dynamic: 'true' | 'false' | 'strict' | undefined;
  readonly enabled: boolean;
}

/** Fields beyond this many are not added by documents, as in Elasticsearch: then documents that bring new ones are refused. */
const MAX_FIELDS = 10_000;
const isoDate = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
const slashDate = /^\d{4}\/\d{2}\/\d{2}(?: \d{2}:\d{2}:\d{2}(?: (?:Z|[+-]\d{2}:?\d{2}))?)?$/;

/** The fields of one index: those a mapping names and those that documents brought. */
export class IndexMapping {
  readonly #fields = new Map<string, Field>();
  readonly #objects = new Map<string, ObjectRules>();
  /** The `properties` as they were given, to be given back. */
  readonly #properties: Record<string, PropertyBody> = {};
  #templates: readonly DynamicTemplate[] = [];
  #dateDetection = true;
  #numericDetection = false;
  #extra: Record<string, unknown> = {};
  /** Increases with every field that is added. */
  version = 0;
  /** Whether every document has an `@timestamp` (a data stream's have); others are asked one by one. */
  alwaysTimed = false;

  constructor(body: MappingBody = {}) {
    this.merge(body);
  }

  merge(body: MappingBody): void {
    const { properties, dynamic_templates: templates, ...extra } = body;
    this.#extra = { ...this.#extra, ...extra };
    if (templates) {
      this.#templates = templates.flatMap((named) => Object.values(named));
      this.#extra['dynamic_templates'] = templates;
    }
    if (body.date_detection !== undefined) this.#dateDetection = body.date_detection;
    if (body.numeric_detection !== undefined) this.#numericDetection = body.numeric_detection;
    if (body.dynamic !== undefined) this.#objects.set('', { dynamic: dynamicOf(body.dynamic), enabled: true });
    if (properties) this.#addProperties(properties, '');
  }

  get size(): number {
    return this.#fields.size;
  }

  fields(): Iterable<Field> {
    return this.#fields.values();
  }

  /** The field of that name; a key below a flattened field is a keyword field of its own. */
  field(path: string): Field | undefined {
    const field = this.#fields.get(path);
    if (field) return field;
    for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
      const parent = this.#fields.get(path.slice(0, dot));
      if (parent?.type === 'flattened') return fieldFrom(path, path, 'keyword', 'keyword', {});
    }
    return undefined;
  }

  /** Whether the object at that path is stored without being looked at (`enabled: false`). */
  skips(path: string): boolean {
    return this.#objects.get(path)?.enabled === false;
  }

  /** Whether fields lie below that path. */
  isObject(path: string): boolean {
    return this.#objects.has(path);
  }

  /** The field for a value that a document brings, added when it is new and the mapping allows that. */
  learn(path: string, value: unknown): LearnedField {
    const known = this.#fields.get(path);
    if (known) return known;
    const dynamic = this.#dynamicFor(path);
    if (dynamic === 'strict') return 'strict';
    if (dynamic === 'false') return 'ignored';
    if (this.#fields.size >= MAX_FIELDS) return 'full';
    this.#addProperty(path, this.#dynamicProperty(path, value));
    this.#keep(path, this.#dynamicProperty(path, value));
    return this.#fields.get(path) ?? 'ignored';
  }

  /** The mapping as it is asked for and kept. */
  toBody(): MappingBody {
    return { ...this.#extra, ...(Object.keys(this.#properties).length > 0 ? { properties: this.#properties } : {}) };
  }

  #dynamicProperty(path: string, value: unknown): PropertyBody {
    const kind = typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : 'number';
    const detected = kind === 'string' ? this.#detect(String(value)) : undefined;
    const matchKind = detected ?? (kind === 'number' ? (Number.isInteger(value) ? 'long' : 'double') : kind);
    const template = this.#templates.find((candidate) => templateFits(candidate, path, matchKind));
    if (template?.mapping) {
      const type = template.mapping.type;
      return { ...template.mapping, type: type && type !== '{dynamic_type}' ? type : defaultTypeName(matchKind) };
    }
    if (matchKind !== 'string') return { type: defaultTypeName(matchKind) };
    return { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } };
  }

  #detect(text: string): 'date' | 'long' | 'double' | undefined {
    if (this.#dateDetection && (isoDate.test(text) || slashDate.test(text))) return 'date';
    if (this.#numericDetection && text.trim() !== '' && Number.isFinite(Number(text))) {
      return /^-?\d+$/.test(text) ? 'long' : 'double';
    }
    return undefined;
  }

  #dynamicFor(path: string): ObjectRules['dynamic'] {
    for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
      const dynamic = this.#objects.get(path.slice(0, dot))?.dynamic;
      if (dynamic) return dynamic;
    }
    return this.#objects.get('')?.dynamic;
  }

  #addProperties(properties: Readonly<Record<string, PropertyBody>>, prefix: string): void {
    for (const [name, body] of Object.entries(properties)) {
      this.#addProperty(prefix + name, body);
      this.#keep(prefix + name, body);
    }
  }

  #addProperty(path: string, body: PropertyBody): void {
    const typeName = body.type ?? 'object';
    const type = fieldTypeOf(typeName);
    this.#noteParents(path);
    if (type === 'object') {
      this.#objects.set(path, { dynamic: dynamicOf(body['dynamic']), enabled: body['enabled'] !== false });
      for (const [name, inner] of Object.entries(body.properties ?? {})) this.#addProperty(`${path}.${name}`, inner);
    } else if (type) {
      this.#fields.set(path, fieldFrom(path, path, typeName, type, body));
      this.version++;
    }
    for (const [name, sub] of Object.entries(body.fields ?? {})) {
      const subType = fieldTypeOf(sub.type ?? '');
      if (!subType) continue;
      const subPath = `${path}.${name}`;
      this.#fields.set(subPath, fieldFrom(subPath, path, sub.type ?? '', subType, sub));
    }
  }

  #noteParents(path: string): void {
    for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
      const parent = path.slice(0, dot);
      if (this.#objects.has(parent)) return;
      this.#objects.set(parent, { dynamic: undefined, enabled: true });
    }
  }

  /** Puts a property into the kept tree, dotted names as nested objects. */
  #keep(path: string, body: PropertyBody): void {
    const parts = path.split('.');
    let level = this.#properties;
    for (const part of parts.slice(0, -1)) {
      const node = (level[part] ??= { properties: {} }) as { properties?: Record<string, PropertyBody> };
      level = node.properties ??= {};
    }
    const name = parts.at(-1) ?? '';
    const { properties: inner, ...own } = body;
    const before = level[name];
    level[name] = {
      ...before,
      ...own,
      ...(before?.fields && body.fields ? { fields: { ...before.fields, ...body.fields } } : {}),
      ...(inner || before?.properties ? { properties: { ...before?.properties } } : {}),
    };
    for (const [innerName, innerBody] of Object.entries(inner ?? {})) this.#keep(`${path}.${innerName}`, innerBody);
  }
}

function fieldFrom(path: string, sourcePath: string, typeName: string, type: FieldType, body: PropertyBody): Field {
  return {
    path,
    typeName,
    type,
    sourcePath,
    ignoreAbove: typeof body['ignore_above'] === 'number' ? body['ignore_above'] : Infinity,
    nullValue: body['null_value'] ?? undefined,
    format: typeof body['format'] === 'string' ? body['format'] : undefined,
    indexed: body['index'] !== false,
    scalingFactor: typeof body['scaling_factor'] === 'number' ? body['scaling_factor'] : 1,
  };
}

function dynamicOf(value: unknown): ObjectRules['dynamic'] {
  if (value === undefined) return undefined;
  const text = textOf(value);
  return text === 'false' || text === 'strict' ? text : 'true';
}

function templateFits(template: DynamicTemplate, path: string, kind: string): boolean {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const kinds = listOf(template.match_mapping_type);
  if (kinds.length > 0 && !kinds.includes('*') && !kinds.includes(kind)) return false;
  if (template.match && !listOf(template.match).some((pattern) => globMatches(pattern, name))) return false;
  if (listOf(template.unmatch).some((pattern) => globMatches(pattern, name))) return false;
  if (template.path_match && !listOf(template.path_match).some((pattern) => globMatches(pattern, path))) return false;
  return !listOf(template.path_unmatch).some((pattern) => globMatches(pattern, path));
}

/** What a value becomes without a template; strings that a template matched without a type are words. */
function defaultTypeName(kind: string): string {
  if (kind === 'string') return 'text';
  return kind === 'double' ? 'float' : kind;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
