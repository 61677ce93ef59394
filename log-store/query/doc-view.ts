import { fieldOf } from '../../lib/log-record.ts';
import { tokensOf } from './analyze.ts';

/** A document as queries and aggregations see it: parsed only when something asks for a field. */
export class DocView {
  readonly id: string;
  readonly index: string;
  readonly seq: number;
  readonly ms: number;
  readonly subNs: number;
  readonly bytes: Buffer;
  #source: Readonly<Record<string, unknown>> | undefined;
  #tokens: Map<string, readonly (readonly string[])[]> | undefined;

  constructor(index: string, id: string, seq: number, ms: number, subNs: number, bytes: Buffer) {
    this.index = index;
    this.id = id;
    this.seq = seq;
    this.ms = ms;
    this.subNs = subNs;
    this.bytes = bytes;
  }

  get source(): Readonly<Record<string, unknown>> {
    this.#source ??= JSON.parse(this.bytes.toString()) as Record<string, unknown>;
    return this.#source;
  }

  /** All values at a path, arrays flattened; empty when there is none. */
  values(path: string): readonly unknown[] {
    const value = valueAt(this.source, path);
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? (value.flat(8) as unknown[]).filter((item) => item !== null) : [value];
  }

  /** The words of each value of a text field. */
  tokens(path: string): readonly (readonly string[])[] {
    this.#tokens ??= new Map();
    let tokens = this.#tokens.get(path);
    if (!tokens) {
      tokens = this.values(path).map((value) => tokensOf(String(value)));
      this.#tokens.set(path, tokens);
    }
    return tokens;
  }
}

const pathParts = new Map<string, readonly string[]>();
const MAX_PATHS = 10_000;

function partsOf(path: string): readonly string[] {
  let parts = pathParts.get(path);
  if (!parts) {
    if (pathParts.size >= MAX_PATHS) pathParts.clear();
    parts = path.split('.');
    pathParts.set(path, parts);
  }
  return parts;
}

function valueAt(source: Readonly<Record<string, unknown>>, path: string): unknown {
  let at: unknown = source;
  for (const part of partsOf(path)) {
    // A key with dots may hide behind a shorter key: `labels: {app: …, 'app.kubernetes.io/name': …}`.
    if (typeof at !== 'object' || at === null) return fieldOf(source, path);
    if (Array.isArray(at)) return inArray(source, path);
    at = (at as Record<string, unknown>)[part];
    if (at === undefined) return fieldOf(source, path);
  }
  return at;
}

/** Objects inside arrays: the values of all of them. */
function inArray(source: Readonly<Record<string, unknown>>, path: string): unknown {
  const collect = (at: unknown, parts: readonly string[]): unknown[] => {
    if (Array.isArray(at)) return at.flatMap((item) => collect(item, parts));
    if (parts.length === 0) return at === undefined || at === null ? [] : [at];
    if (typeof at !== 'object' || at === null) return [];
    return collect((at as Record<string, unknown>)[parts[0] ?? ''], parts.slice(1));
  };
  const values = collect(source, partsOf(path));
  return values.length > 0 ? values : undefined;
}
