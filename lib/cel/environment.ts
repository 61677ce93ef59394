import { createRequire } from 'node:module';
import type * as Cel from '@marcbachmann/cel-js';
import { addListFunctions } from './lists.ts';
import { addNetworkFunctions } from './network.ts';
import { addQuantityFunctions } from './quantities.ts';
import { addStringFunctions } from './strings.ts';

const require = createRequire(import.meta.url);

/** Expressions come from users: bounds on what is parsed at all. */
const limits = {
  maxAstNodes: 5_000,
  maxDepth: 100,
  maxListElements: 1_000,
  maxMapEntries: 1_000,
  maxCallArguments: 32,
};
/** Loops inside loops inside loops: beyond, an expression may take time that nobody has. */
const MAX_NESTED_LOOPS = 3;
const loops: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** A compiled expression. */
export interface CelProgram {
  /** Integers are `bigint`, timestamps `Date`. Throws `CelError` for what cannot be evaluated, such as a member that is not there. */
  evaluate(variables: Readonly<Record<string, unknown>>): unknown;
}

/** An expression that cannot be read, or cannot be evaluated. The message says where. */
export class CelError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CelError';
  }
}

/** Programs that are kept: policies ask the same few of every object. */
const MAX_PROGRAMS = 2_000;
const programs = new Map<string, CelProgram>();
const environments = new Map<string, Cel.Environment>();

/**
 * Compiles an expression of the Common Expression Language with the functions that Kubernetes adds to it (lists, strings, quantities, addresses). Variables
 * are of any type: what an object holds is only known when there is one. Throws `CelError`.
 */
export function compileCel(expression: string, variables: readonly string[]): CelProgram {
  const key = `${variables.join(' ')}\n${expression}`;
  let program = programs.get(key);
  if (!program) {
    program = compile(expression, variables);
    if (programs.size >= MAX_PROGRAMS) programs.clear();
    programs.set(key, program);
  }
  return program;
}

function compile(expression: string, variables: readonly string[]): CelProgram {
  const environment = environmentOf(variables);
  try {
    const parsed = environment.parse(expression);
    const checked = parsed.check();
    if (!checked.valid) throw new CelError(located(checked.error, expression), checked.error);
    const depth = nestedLoops(parsed.ast);
    if (depth > MAX_NESTED_LOOPS)
      throw new CelError(`loops may be nested ${MAX_NESTED_LOOPS} deep, these are nested ${depth} deep`);
    return {
      evaluate: (values) => {
        try {
          return parsed(values) as unknown;
        } catch (error) {
          throw new CelError(summaryOf(error), error);
        }
      },
    };
  } catch (error) {
    if (error instanceof CelError) throw error;
    throw new CelError(located(error, expression), error);
  }
}

function environmentOf(variables: readonly string[]): Cel.Environment {
  const id = variables.join(' ');
  let environment = environments.get(id);
  if (!environment) {
    // Loaded by the first expression: most servers never see one.
    const { Environment } = require('@marcbachmann/cel-js') as typeof Cel;
    environment = new Environment({
      unlistedVariablesAreDyn: false,
      homogeneousAggregateLiterals: false,
      enableOptionalTypes: true,
      limits,
    });
    for (const name of variables) environment.registerVariable(name, 'dyn');
    addListFunctions(environment);
    addStringFunctions(environment);
    addQuantityFunctions(environment);
    addNetworkFunctions(environment);
    environments.set(id, environment);
  }
  return environment;
}

/** `ERROR: <input>:1:6: Unexpected token`, as upstream words it, with the line and a caret below. */
function located(error: unknown, expression: string): string {
  const { start } = (error as { range?: { start?: number } }).range ?? {};
  const summary = summaryOf(error);
  if (start === undefined) return summary;
  const before = expression.slice(0, start).split('\n');
  const line = expression.split('\n')[before.length - 1] ?? '';
  const column = before.at(-1)?.length ?? 0;
  return `ERROR: <input>:${before.length}:${column + 1}: ${summary}\n | ${line}\n | ${'.'.repeat(column)}^`;
}

function summaryOf(error: unknown): string {
  const { summary } = error as { summary?: unknown };
  if (typeof summary === 'string') return summary;
  return error instanceof Error ? error.message : String(error);
}

/** How deep loops stand inside one another. */
function nestedLoops(node: unknown): number {
  if (Array.isArray(node)) return Math.max(0, ...node.map(nestedLoops));
  if (typeof node !== 'object' || node === null || !('op' in node) || !('args' in node)) return 0;
  const { op, args } = node as { readonly op: unknown; readonly args: unknown };
  const inner = nestedLoops(args);
  const isLoop = op === 'rcall' && Array.isArray(args) && typeof args[0] === 'string' && loops.has(args[0]);
  if (!isLoop) return inner;
  const [, receiver, body] = args as readonly unknown[];
  return Math.max(nestedLoops(receiver), nestedLoops(body) + 1);
}
