import { levelNamed, levelsBetween } from '../log-level-names.ts';
import { logFields } from '../log-record.ts';
import { parseInstant } from './instant.ts';
import { parseQuery } from './parse-query.ts';
import { fieldNamed, type QueryField } from './query-fields.ts';
import { QueryError } from './query-error.ts';
import type { Bound, QueryNode } from './syntax-tree.ts';

/** A clause of the search language that Elasticsearch, OpenSearch and the embedded store have in common. */
export type Clause = Readonly<Record<string, unknown>>;

/** What a query asks of the store, and what the store cannot answer: patterns over whole messages. */
export interface CompiledQuery {
  readonly clause: Clause;
  /** Regular expressions that messages must match, and must not. */
  readonly grep: readonly string[];
  readonly exclude: readonly string[];
}

/** A query's text for the store. `nowMs` is what durations count back from. Throws `QueryError` that points at the character. */
export function compileQuery(text: string, nowMs: number): CompiledQuery {
  const compiler = new Compiler(text, nowMs);
  const root = parseQuery(text);
  // Patterns over messages are matched outside the store: they can narrow a result, but be no alternative in it.
  const parts = root.kind === 'and' ? root.nodes : [root];
  const grep: string[] = [];
  const exclude: string[] = [];
  const clauses: Clause[] = [];
  for (const part of parts) {
    const positive = part.kind === 'not' ? part.node : part;
    if (positive.kind === 'regexp' && isText(positive.field))
      (part === positive ? grep : exclude).push(positive.pattern);
    else clauses.push(compiler.clause(part));
  }
  const [only] = clauses;
  return { clause: clauses.length === 1 && only ? only : { bool: { filter: clauses } }, grep, exclude };
}

function isText(field: string | undefined): boolean {
  return field === undefined || fieldNamed(field).path === logFields.message;
}

type Leaf = Exclude<QueryNode, { kind: 'all' | 'and' | 'or' | 'not' | 'exists' }>;

class Compiler {
  readonly #text: string;
  readonly #nowMs: number;

  constructor(text: string, nowMs: number) {
    this.#text = text;
    this.#nowMs = nowMs;
  }

  clause(node: QueryNode): Clause {
    switch (node.kind) {
      case 'all':
        return { match_all: {} };
      case 'and':
        return { bool: { filter: node.nodes.map((one) => this.clause(one)) } };
      case 'or':
        return { bool: { should: node.nodes.map((one) => this.clause(one)), minimum_should_match: 1 } };
      case 'not':
        return { bool: { must_not: [this.clause(node.node)] } };
      case 'exists':
        return { exists: { field: fieldNamed(node.field).path } };
      default:
        return this.#leaf(
          node,
          node.field === undefined ? { path: logFields.message, kind: 'text' } : fieldNamed(node.field),
        );
    }
  }

  #leaf(node: Leaf, field: QueryField): Clause {
    if (node.kind === 'range') return this.#range(field, node);
    if (node.kind === 'regexp') return this.#regexp(field, node);
    if (field.kind === 'text') return textClause(field.path, node);
    switch (node.kind) {
      case 'wildcard':
        return this.#wildcard(field, node);
      case 'fuzzy':
        if (field.kind !== 'value')
          this.#fail(node.at, `a whole value of ${field.path} expected, not an approximate one`);
        return { fuzzy: { [field.path]: { value: node.text, fuzziness: node.edits } } };
      case 'word':
      case 'phrase':
        return this.#value(field, node.text, node.at);
    }
  }

  #value(field: QueryField, text: string, at: number): Clause {
    switch (field.kind) {
      case 'level':
        return { term: { [field.path]: levelNamed(text) ?? text.toLowerCase() } };
      case 'stream':
        if (text !== 'stdout' && text !== 'stderr') this.#fail(at, 'stdout or stderr expected');
        return { term: { [field.path]: text } };
      case 'number':
        return { term: { [field.path]: this.#number(text, at) } };
      case 'time':
        // A date alone is the whole day.
        return {
          range: {
            [field.path]: {
              gte: this.#instant(text, at),
              lte: /^\d{4}-\d\d-\d\d$/.test(text) ? text : this.#instant(text, at),
            },
          },
        };
      case 'workload': {
        const [kind, name] = text.includes('/') ? splitOnce(text) : [undefined, text];
        const byName = { term: { [field.path]: name } };
        return kind === undefined
          ? byName
          : { bool: { filter: [{ term: { [logFields.workloadKind]: workloadKind(kind) } }, byName] } };
      }
      case 'label':
        return { term: { [field.path]: text } };
      case 'text':
      case 'value':
        return { match: { [field.path]: { query: text, operator: 'and', lenient: true } } };
    }
  }

  #range(
    field: QueryField,
    { from, to, at }: { readonly from?: Bound | undefined; readonly to?: Bound | undefined; readonly at: number },
  ): Clause {
    const bounds = (value: (bound: Bound) => unknown) => ({
      ...(from && { [from.isInclusive ? 'gte' : 'gt']: value(from) }),
      ...(to && { [to.isInclusive ? 'lte' : 'lt']: value(to) }),
    });
    if (!from && !to) return { exists: { field: field.path } };
    switch (field.kind) {
      case 'level': {
        const level = (bound: Bound | undefined) =>
          bound && { level: this.#level(bound), isInclusive: bound.isInclusive };
        return { terms: { [field.path]: levelsBetween(level(from), level(to)) } };
      }
      case 'time':
        return { range: { [field.path]: bounds((bound) => this.#instant(bound.text, bound.at)) } };
      case 'number':
        return { range: { [field.path]: bounds((bound) => this.#number(bound.text, bound.at)) } };
      case 'value':
        return { range: { [field.path]: bounds((bound) => bound.text) } };
      case 'text':
      case 'label':
      case 'stream':
      case 'workload':
        return this.#fail(at, `a value expected: ${field.path} has no order`);
    }
  }

  #wildcard(field: QueryField, { pattern, at }: { readonly pattern: string; readonly at: number }): Clause {
    if (field.kind === 'number' || field.kind === 'time')
      this.#fail(at, `a value or a range of ${field.path} expected, not a wildcard`);
    if (field.kind !== 'label') return { wildcard: { [field.path]: { value: pattern } } };
    // Labels are kept in one field, of which the stores find only beginnings.
    const prefix = /^((?:\\.|[^\\*?])*)\*$/s.exec(pattern)?.[1];
    if (prefix === undefined) this.#fail(at, 'a label with "*" only at the end expected');
    return { prefix: { [field.path]: prefix.replaceAll(/\\(.)/gs, '$1') } };
  }

  #regexp(field: QueryField, { pattern, at }: { readonly pattern: string; readonly at: number }): Clause {
    if (field.kind === 'text')
      this.#fail(at - 1, 'a regular expression over messages is joined with AND to the whole query; a word expected');
    if (field.kind === 'label' || field.kind === 'number' || field.kind === 'time')
      this.#fail(at - 1, `a value of ${field.path} expected, not a regular expression`);
    return { regexp: { [field.path]: { value: pattern } } };
  }

  #level(bound: Bound): NonNullable<ReturnType<typeof levelNamed>> {
    return levelNamed(bound.text) ?? this.#fail(bound.at, 'a level (trace, debug, info, warn, error, fatal) expected');
  }

  #number(text: string, at: number): number {
    const number = Number(text);
    return text.trim() !== '' && Number.isFinite(number) ? number : this.#fail(at, 'a number expected');
  }

  #instant(text: string, at: number): string {
    try {
      return parseInstant('query', text, this.#nowMs);
    } catch (error) {
      if (error instanceof QueryError) return this.#fail(at + error.at, error.problem);
      throw error;
    }
  }

  #fail(at: number, problem: string): never {
    throw new QueryError('query', this.#text, at, problem);
  }
}

/** Words of a message are compared as the stores split them: in lower case, without punctuation. */
function textClause(path: string, node: Exclude<Leaf, { kind: 'range' | 'regexp' }>): Clause {
  switch (node.kind) {
    case 'word':
      // `10.0.3.17` or `/api/v1/pods` mean their parts side by side.
      return /^[\p{L}\p{N}_]+$/u.test(node.text)
        ? { match: { [path]: { query: node.text, operator: 'and' } } }
        : { match_phrase: { [path]: node.text } };
    case 'phrase':
      return { match_phrase: { [path]: node.slop === 0 ? node.text : { query: node.text, slop: node.slop } } };
    case 'fuzzy':
      return { fuzzy: { [path]: { value: node.text.toLowerCase(), fuzziness: node.edits } } };
    case 'wildcard': {
      // No word of the store holds a separator: each part is looked for by itself.
      const parts = node.pattern
        .toLowerCase()
        .split(/(?:\\.|[^\p{L}\p{N}_*?.:'])+/u)
        .filter((part) => /[^*?]/.test(part));
      const clauses = parts.map((part) =>
        /[*?]/.test(part) ? { wildcard: { [path]: { value: part } } } : { match_phrase: { [path]: part } },
      );
      const [only] = clauses;
      return clauses.length === 1 && only
        ? only
        : clauses.length === 0
          ? { exists: { field: path } }
          : { bool: { filter: clauses } };
    }
  }
}

const kindsByWord: Readonly<Record<string, string>> = {
  deploy: 'Deployment',
  deployment: 'Deployment',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  ds: 'DaemonSet',
  daemonset: 'DaemonSet',
  rs: 'ReplicaSet',
  replicaset: 'ReplicaSet',
  job: 'Job',
  cj: 'CronJob',
  cronjob: 'CronJob',
  po: 'Pod',
  pod: 'Pod',
};

function workloadKind(word: string): string {
  const lower = word.toLowerCase();
  return Object.hasOwn(kindsByWord, lower) ? (kindsByWord[lower] ?? word) : word;
}

function splitOnce(text: string): [string, string] {
  const slash = text.indexOf('/');
  return [text.slice(0, slash), text.slice(slash + 1)];
}
