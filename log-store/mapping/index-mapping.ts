import { fieldTypeOf, type FieldType } from './field-types.ts';

/** A `mappings` body: what Elasticsearch calls the type, nested by `properties`. */
export interface MappingBody {
  readonly dynamic?: unknown;
  readonly date_detection?: boolean;
  readonly dynamic_templates?: readonly Readonly<Record<string, DynamicTemplate>>[];
  readonly properties?: Readonly<Record<string, PropertyBody>>;
  readonly [other: string]: unknown;
}

interface PropertyBody {
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
}

/** Fields beyond this many are not added by documents, as in Elasticsearch: then documents that bring new ones are refused. */
const MAX_FIELDS = 10_000;
const isoDate = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** The fields of one index: those a mapping names and those that documents brought. */
export class IndexMapping {
  readonly #fields = new Map<string, Field>();
  #templates: readonly DynamicTemplate[] = [];
  #dateDetection = true;
  #extra: Record<string, unknown> = {};
  /** Increases with every field that is added. */
  version = 0;

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
      if (parent?.type === 'flattened') return { path, typeName: 'keyword', type: 'keyword', sourcePath: path };
    }
    return undefined;
  }

  /** The field for a value that a document brings, added when it is new. */
  learn(path: string, value: unknown): Field | undefined {
    const known = this.#fields.get(path);
    if (known) return known;
    if (this.#fields.size >= MAX_FIELDS) return undefined;
    const kind = typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : 'number';
    const template = this.#templates.find((candidate) => templateFits(candidate, path, kind, value));
    if (template?.mapping) {
      this.#addProperty(path, { ...template.mapping, type: resolveTypeName(template.mapping.type, kind, value) });
    } else if (kind === 'string') {
      if (this.#dateDetection && isoDate.test(String(value))) this.#addProperty(path, { type: 'date' });
      else this.#addProperty(path, { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } });
    } else {
      this.#addProperty(path, { type: resolveTypeName(undefined, kind, value) });
    }
    return this.#fields.get(path);
  }

  /** The mapping as it is asked for and kept. */
  toBody(): MappingBody {
    const root: Record<string, unknown> = {};
    for (const field of this.#fields.values()) {
      if (field.sourcePath !== field.path) continue;
      const parts = field.path.split('.');
      let properties = root;
      parts.forEach((part, n) => {
        const node = (properties[part] ??= {}) as Record<string, unknown>;
        if (n < parts.length - 1) {
          properties = (node['properties'] ??= {}) as Record<string, unknown>;
          return;
        }
        node['type'] = field.typeName;
        const keyword = this.#fields.get(`${field.path}.keyword`);
        if (keyword?.sourcePath === field.path) node['fields'] = { keyword: { type: 'keyword', ignore_above: 256 } };
      });
    }
    return { ...this.#extra, properties: root as Record<string, PropertyBody> };
  }

  #addProperties(properties: Readonly<Record<string, PropertyBody>>, prefix: string): void {
    for (const [name, body] of Object.entries(properties)) this.#addProperty(prefix + name, body);
  }

  #addProperty(path: string, body: PropertyBody): void {
    const typeName = body.type ?? 'object';
    const type = fieldTypeOf(typeName);
    if (body.properties) this.#addProperties(body.properties, `${path}.`);
    if (type && type !== 'object') {
      this.#fields.set(path, { path, typeName, type, sourcePath: path });
      this.version++;
    }
    for (const [name, sub] of Object.entries(body.fields ?? {})) {
      const subType = fieldTypeOf(sub.type ?? '');
      if (!subType) continue;
      const subPath = `${path}.${name}`;
      this.#fields.set(subPath, { path: subPath, typeName: sub.type ?? '', type: subType, sourcePath: path });
    }
  }
}

function templateFits(template: DynamicTemplate, path: string, kind: string, value: unknown): boolean {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const kinds = listOf(template.match_mapping_type);
  const mappingKind = kind === 'number' ? (Number.isInteger(value) ? 'long' : 'double') : kind;
  if (kinds.length > 0 && !kinds.includes('*') && !kinds.includes(mappingKind)) return false;
  if (template.match && !listOf(template.match).some((pattern) => globMatches(pattern, name))) return false;
  if (listOf(template.unmatch).some((pattern) => globMatches(pattern, name))) return false;
  if (template.path_match && !listOf(template.path_match).some((pattern) => globMatches(pattern, path))) return false;
  return !listOf(template.path_unmatch).some((pattern) => globMatches(pattern, path));
}

function resolveTypeName(name: string | undefined, kind: string, value: unknown): string {
  if (name && name !== '{dynamic_type}') return name;
  if (kind === 'string') return 'keyword';
  if (kind === 'boolean') return 'boolean';
  return Number.isInteger(value) ? 'long' : 'float';
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** `*` stands for any run of characters; everything else for itself. */
export function globMatches(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === text;
  const head = parts[0] ?? '';
  const tail = parts.at(-1) ?? '';
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  let at = head.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > text.length - tail.length) return false;
    at = found + part.length;
  }
  return true;
}
