import { fieldOf, logFields } from '../../lib/log-record.ts';
import { rowOf, type Rows, type StoredDoc } from '../engine/rows.ts';
import { hasToken, type TokenTest } from '../engine/token-scan.ts';
import { tokensOf } from './analyze.ts';

const TIME_KEY = Buffer.from(`"${logFields.time}"`);
const NULL = Buffer.from('null');

/** A document as queries and aggregations see it: a row, of which nothing is made or parsed before something asks for it. */
export class DocView {
  readonly index: string;
  #rows: Rows;
  #n: number;
  #source: Readonly<Record<string, unknown>> | undefined;
  #tokens: Map<string, readonly (readonly string[])[]> | undefined;

  constructor(index: string, rows: Rows, n: number) {
    this.index = index;
    this.#rows = rows;
    this.#n = n;
  }

  /** A view of a document that stands by itself. */
  static of(index: string, doc: StoredDoc): DocView {
    return new DocView(index, rowOf(doc), 0);
  }

  /** Makes this the view of another row, so that a scan needs only one. Whoever keeps a view makes one of their own. */
  moveTo(rows: Rows, n: number): void {
    this.#rows = rows;
    this.#n = n;
    this.#source = undefined;
    this.#tokens = undefined;
  }

  /** The same document in memory of its own, to be kept while others are looked at: a view keeps its whole block in memory. */
  detached(): DocView {
    return DocView.of(this.index, this.#rows.doc(this.#n));
  }

  /** The document's JSON, exactly as it came. */
  get bytes(): Buffer {
    return this.#rows.source(this.#n);
  }

  get id(): string {
    return this.#rows.id(this.#n);
  }

  get seq(): number {
    return this.#rows.columns.seq[this.#n] ?? 0;
  }

  get ms(): number {
    return this.#rows.columns.ms[this.#n] ?? 0;
  }

  get subNs(): number {
    return this.#rows.columns.subNs[this.#n] ?? 0;
  }

  get source(): Readonly<Record<string, unknown>> {
    this.#source ??= JSON.parse(this.bytes.toString()) as Record<string, unknown>;
    return this.#source;
  }

  /** All values at a path, arrays flattened; empty when there is none. */
  values(path: string): readonly unknown[] {
    return (this.#source === undefined ? this.#lineValues(path) : undefined) ?? valuesAt(this.source, path);
  }

  /** All values at a path with `stand` for each explicit null. */
  valuesOr(path: string, stand: unknown): readonly unknown[] {
    const value = valueAt(this.source, path);
    if (value === undefined) return [];
    return (Array.isArray(value) ? (value.flat(8) as unknown[]) : [value]).map((item) => item ?? stand);
  }

  /** Whether the document has an `@timestamp` of its own; otherwise `ms` is when it came. */
  get timed(): boolean {
    if (this.#rows.isLine(this.#n)) return true;
    const bytes = this.#rows.payload.subarray(this.#rows.payloadStart(this.#n), this.#rows.payloadEnd(this.#n));
    const at = bytes.indexOf(TIME_KEY);
    return at >= 0 && bytes.indexOf(NULL, at + TIME_KEY.length) !== at + TIME_KEY.length + 1;
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

  /** Whether a text field has the word: the same as to look in `tokens`, but without making them where the bytes tell. */
  hasToken(path: string, token: TokenTest): boolean {
    const rows = this.#rows;
    const n = this.#n;
    if (path === logFields.message && token.bytes && rows.isPlainLine(n)) {
      return hasToken(rows.payload, rows.payloadStart(n), rows.payloadEnd(n), token.bytes);
    }
    return this.tokens(path).some((tokens) => tokens.includes(token.text));
  }

  /** Values that a line has in columns or shares with others; `undefined` when the document has to be parsed. */
  #lineValues(path: string): readonly unknown[] | undefined {
    const rows = this.#rows;
    const n = this.#n;
    const tail = rows.tailOf(n);
    if (!tail || path === 'log') return undefined;
    switch (path) {
      case logFields.message:
        return [rows.message(n)];
      case logFields.level: {
        const level = rows.level(n);
        return level === '' ? [] : [level];
      }
      case logFields.stream:
        return [rows.stream(n)];
      case logFields.offset:
        return [rows.columns.offset[n] ?? 0];
      case logFields.time:
        return undefined;
      default:
        return tail.values(path, valuesAt);
    }
  }
}

function valuesAt(source: Readonly<Record<string, unknown>>, path: string): readonly unknown[] {
  const value = valueAt(source, path);
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value.flat(8) as unknown[]).filter((item) => item !== null) : [value];
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
