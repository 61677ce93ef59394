import type { CelNode } from '../../../../lib/cel/environment.ts';
import { ownProperty, type SchemaProps } from '../schema-props.ts';
import { isMap, maxSize, memberOf } from './schema-sizes.ts';

/** What is known of a value before there is one. */
interface Known {
  readonly schema?: SchemaProps | undefined;
  /** Of lists, maps and texts: the most that there may be. */
  readonly size?: number | undefined;
}

interface Estimate extends Known {
  readonly cost: number;
}

type Scope = ReadonlyMap<string, Known>;

const TRAVERSAL = 0.1;
const PATTERN = 0.25;
const LIST = 10;
const MAP = 30;

/** Rounds of loops: going on, and keeping what was found. */
const rounds: Readonly<Record<string, number>> = {
  all: 3,
  exists: 4,
  exists_one: 3,
  existsOne: 3,
  map: 12,
  filter: 12,
};
/** Loops over both key and value. */
const twoVariableRounds: Readonly<Record<string, number>> = {
  all: 3,
  exists: 4,
  exists_one: 3,
  existsOne: 3,
  transformList: 12,
  transformMap: 3,
  transformMapEntry: 3,
};
const comparisons: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

/**
 * What a rule about values of a schema may cost at most, in upstream's units. It is never more than upstream estimates, so that what upstream takes is taken: of what
 * nothing is known, the least is assumed, and functions that go through their arguments cost 1 unless they are named here. Pure.
 */
export function ruleCost(node: CelNode, schema: SchemaProps): number {
  const self: Known = { schema, size: maxSize(schema) };
  return estimate(
    node,
    new Map([
      ['self', self],
      ['oldSelf', self],
    ]),
  ).cost;
}

function estimate(node: CelNode, scope: Scope): Estimate {
  const { op, args } = node;
  const all = (nodes: readonly CelNode[]) => nodes.reduce((total, one) => total + estimate(one, scope).cost, 0);
  switch (op) {
    case 'value':
      return { cost: 0, size: typeof args === 'string' ? args.length : undefined };
    case 'id':
      return { cost: 1, ...scope.get(args as string) };
    case '.':
    case '.?': {
      const [receiver, name] = args as readonly [CelNode, string];
      const of = estimate(receiver, scope);
      return { cost: of.cost + 1, ...known(memberSchema(of.schema, name)) };
    }
    case '[]':
    case '[?]': {
      const [receiver, index] = args as readonly [CelNode, CelNode];
      const of = estimate(receiver, scope);
      return { cost: of.cost + estimate(index, scope).cost + 1, ...known(elementSchema(of.schema)) };
    }
    case 'list': {
      const items = args as readonly CelNode[];
      return { cost: LIST + all(items), size: items.length };
    }
    case 'map': {
      const entries = args as readonly (readonly CelNode[])[];
      return { cost: MAP + all(entries.flat()), size: entries.length };
    }
    case '?:': {
      const [condition, yes, no] = args as readonly [CelNode, CelNode, CelNode];
      const [one, other] = [estimate(yes, scope), estimate(no, scope)];
      const larger = one.cost >= other.cost ? one : other;
      return { ...larger, cost: estimate(condition, scope).cost + larger.cost };
    }
    case '&&':
    case '||':
      return { cost: all(args as readonly CelNode[]) };
    case '!_':
    case '-_':
      return { cost: 1 + estimate(args as CelNode, scope).cost };
    case 'call': {
      const [, operands] = args as readonly [string, readonly CelNode[]];
      return { cost: 1 + all(operands) };
    }
    case 'rcall':
      return called(args as readonly [string, CelNode, readonly CelNode[]], scope);
    default:
      return operated(op, args as readonly [CelNode, CelNode], scope);
  }
}

function operated(op: string, [left, right]: readonly [CelNode, CelNode], scope: Scope): Estimate {
  const [a, b] = [estimate(left, scope), estimate(right, scope)];
  const cost = a.cost + b.cost;
  if (comparisons.has(op)) return { cost: cost + traversed(Math.min(a.size ?? 1, b.size ?? 1)) };
  if (op === 'in') return { cost: cost + (isList(b) ? Math.max(1, b.size ?? 1) : 1) };
  if (op === '+' && a.size !== undefined && b.size !== undefined)
    return { cost: cost + traversed(a.size + b.size), size: a.size + b.size };
  return { cost: cost + 1 };
}

function isList({ schema, size }: Known): boolean {
  return size !== undefined && (schema === undefined || schema.type === 'array');
}

function called([name, receiver, operands]: readonly [string, CelNode, readonly CelNode[]], scope: Scope): Estimate {
  const [first, second] = operands;
  if (name === 'bind' && receiver.op === 'id' && receiver.args === 'cel' && first && second && operands[2]) {
    const value = estimate(second, scope);
    const body = estimate(operands[2], new Map([...scope, [String(first.args), value]]));
    return { ...body, cost: value.cost + body.cost };
  }
  const of = estimate(receiver, scope);
  const twoVariableRound = Object.hasOwn(twoVariableRounds, name) ? twoVariableRounds[name] : undefined;
  if (twoVariableRound !== undefined && first?.op === 'id' && second?.op === 'id' && operands.length > 2) {
    const inner = new Map<string, Known>([
      ...scope,
      [String(first.args), {}],
      [String(second.args), known(elementSchema(of.schema))],
    ]);
    const body = operands.slice(2).reduce((total, one) => total + estimate(one, inner).cost, 0);
    return {
      cost: of.cost + (of.size ?? 1) * (body + twoVariableRound),
      size: name === 'transformList' || name === 'transformMap' ? of.size : undefined,
    };
  }
  const round = Object.hasOwn(rounds, name) && first?.op === 'id' ? rounds[name] : undefined;
  if (round !== undefined && first) {
    const item = of.schema && isMap(of.schema) ? {} : known(elementSchema(of.schema));
    const inner = new Map([...scope, [String(first.args), item]]);
    const body = operands.slice(1).reduce((total, one) => total + estimate(one, inner).cost, 0);
    const cost = of.cost + (of.size ?? 1) * (body + round);
    return {
      cost,
      size: name === 'map' || name === 'filter' ? of.size : undefined,
      schema: name === 'filter' ? of.schema : undefined,
    };
  }
  const given = operands.map((one) => estimate(one, scope));
  const cost = given.reduce((total, one) => total + one.cost, of.cost);
  const [argument] = given;
  switch (name) {
    case 'startsWith':
    case 'endsWith':
      return { cost: cost + traversed(argument?.size ?? 1) };
    case 'contains':
      return { cost: cost + traversed(of.size ?? 1) * traversed(argument?.size ?? 1) };
    case 'matches':
      return { cost: cost + traversed((of.size ?? 0) + 1) * Math.max(1, Math.ceil((argument?.size ?? 1) * PATTERN)) };
    default:
      return { cost: cost + 1 };
  }
}

function traversed(size: number): number {
  return Math.max(1, Math.ceil(size * TRAVERSAL));
}

function known(schema: SchemaProps | undefined): Known {
  return schema ? { schema, size: maxSize(schema) } : {};
}

function memberSchema(schema: SchemaProps | undefined, name: string): SchemaProps | undefined {
  if (!schema) return undefined;
  return ownProperty(schema, name) ?? (isMap(schema) ? memberOf(schema) : undefined);
}

function elementSchema(schema: SchemaProps | undefined): SchemaProps | undefined {
  if (!schema) return undefined;
  return schema.items ?? (isMap(schema) ? memberOf(schema) : undefined);
}
