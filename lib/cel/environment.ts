import { createRequire } from 'node:module';
import type * as Cel from '@marcbachmann/cel-js';
import { addAccessChecks } from './access-checks.ts';
import { CelError } from './cel-error.ts';
import { addConversions } from './conversions.ts';
import { CelCostError, CostBudget } from './cost.ts';
import { errorText } from './error-text.ts';
import { widenHas } from './has-macro.ts';
import { checkKnownMembers } from './known-members.ts';
import { addListFunctions } from './lists.ts';
import { rewriteMessageLiterals } from './message-literals.ts';
import { meter } from './metered.ts';
import { addFormatFunctions } from './named-formats.ts';
import { addNetworkFunctions } from './network.ts';
import { addObjectFunctions, constructors } from './objects.ts';
import { addQuantityFunctions } from './quantities.ts';
import { checkPatternLiterals } from './pattern-literals.ts';
import { replaceFunctions } from './replaced-functions.ts';
import { addSemverFunctions } from './semver.ts';
import { addStringFunctions } from './strings.ts';
import { addTwoVariableLoops } from './two-variable-loops.ts';

const require = createRequire(import.meta.url);

/** Expressions come from users: bounds on what is parsed at all. */
const limits = {
  maxAstNodes: 5_000,
  maxDepth: 100,
  maxListElements: 1_000,
  maxMapEntries: 1_000,
  maxCallArguments: 32,
};

/** A part of an expression as it was written: `rcall` with `['all', receiver, arguments]`, `id` with a name… */
export interface CelNode {
  readonly op: string;
  readonly args: unknown;
}

/** A compiled expression. */
export interface CelProgram {
  readonly ast: CelNode;
  /** What it evaluates to, as far as is known: `bool`, `string`, `dyn`… */
  readonly type: string;
  /**
   * Integers are `bigint`, timestamps `Date`. Throws `CelError` for what cannot be evaluated, such as a member that is not there, and `CelCostError` for what
   * takes longer than the budget has left.
   */
  evaluate(variables: Readonly<Record<string, unknown>>, budget?: CostBudget): unknown;
}

/** What an expression may be about, beside its variables. */
export interface CelOptions {
  /** Objects and steps of patches may be made: `Object.spec{…}`, `JSONPatch{…}`. */
  readonly makesObjects?: boolean;
  /** Variables of which all members are known, and those: others are mistakes. */
  readonly members?: Readonly<Record<string, readonly string[]>>;
}

/** Programs that are kept: policies ask the same few of every object. */
const MAX_PROGRAMS = 2_000;
const programs = new Map<string, CelProgram>();
/** By their variables; and by whether they make objects, what those are made from. */
const environments = new Map<string, Cel.Environment>();
const functions = new Map<boolean, Cel.Environment>();

/**
 * Compiles an expression of the Common Expression Language with the functions that Kubernetes adds to it (lists, strings, quantities, versions, formats, addresses, access checks). Variables
 * are of any type: what an object holds is only known when there is one. Throws `CelError`.
 */
export function compileCel(expression: string, variables: readonly string[], options: CelOptions = {}): CelProgram {
  const { makesObjects = false, members = {} } = options;
  const key = `${variables.join(' ')}${makesObjects ? ' {}' : ''} ${JSON.stringify(members)}\n${expression}`;
  let program = programs.get(key);
  if (!program) {
    program = compile(expression, variables, { makesObjects, members });
    if (programs.size >= MAX_PROGRAMS) programs.clear();
    programs.set(key, program);
  }
  return program;
}

function compile(
  expression: string,
  variables: readonly string[],
  { makesObjects, members }: Required<CelOptions>,
): CelProgram {
  const environment = environmentOf(variables, makesObjects);
  const source = makesObjects ? rewriteMessageLiterals(expression, constructors) : undefined;
  const place = source?.originalAt ?? ((position) => position);
  try {
    const parsed = environment.parse(source?.text ?? expression);
    widenHas(parsed.ast);
    const { valid, error, type = 'dyn' } = parsed.check();
    if (!valid) throw new CelError(located(error, expression, place), error);
    checkPatternLiterals(parsed.ast);
    checkKnownMembers(parsed.ast, members);
    replaceFunctions(parsed.ast);
    meter(parsed.ast);
    return {
      ast: parsed.ast,
      type,
      evaluate: (values, budget = new CostBudget()) => {
        try {
          return budget.run(() => parsed(values) as unknown);
        } catch (error) {
          throw error instanceof CelCostError ? error : new CelError(errorText(error, expression), error);
        }
      },
    };
  } catch (error) {
    if (error instanceof CelError) throw error;
    throw new CelError(located(error, expression, place), error);
  }
}

/** A value that may be missing, as expressions see it. */
export function optionalOf(value: unknown): unknown {
  const { Optional } = library();
  return value === undefined ? Optional.none() : Optional.of(value);
}

/** Loaded by the first expression: most servers never see one. */
function library(): typeof Cel {
  return require('@marcbachmann/cel-js') as typeof Cel;
}

function environmentOf(variables: readonly string[], makesObjects: boolean): Cel.Environment {
  const id = `${variables.join(' ')}${makesObjects ? ' {}' : ''}`;
  let environment = environments.get(id);
  if (!environment) {
    environment = functionsOf(makesObjects).clone();
    for (const name of variables) environment.registerVariable(name, 'dyn');
    environments.set(id, environment);
  }
  return environment;
}

/** What all environments have, made once: there are more than a hundred functions. */
function functionsOf(makesObjects: boolean): Cel.Environment {
  let environment = functions.get(makesObjects);
  if (!environment) {
    const { Environment } = library();
    environment = new Environment({
      unlistedVariablesAreDyn: false,
      homogeneousAggregateLiterals: false,
      enableOptionalTypes: true,
      limits,
    });
    addConversions(environment);
    addListFunctions(environment);
    addStringFunctions(environment);
    addQuantityFunctions(environment);
    addNetworkFunctions(environment);
    addSemverFunctions(environment);
    addFormatFunctions(environment, optionalOf);
    addAccessChecks(environment);
    addTwoVariableLoops(environment);
    if (makesObjects) addObjectFunctions(environment);
    functions.set(makesObjects, environment);
  }
  return environment;
}

/** `ERROR: <input>:1:6: Unexpected token`, as upstream words it, with the line and a caret below. */
function located(error: unknown, expression: string, place: (position: number) => number): string {
  const { start } = (error as { range?: { start?: number } }).range ?? {};
  const summary = errorText(error, expression);
  if (start === undefined) return summary;
  // Where there is nothing, there is no line to show.
  if (expression === '') return `ERROR: <input>:1:0: ${summary}`;
  const before = expression.slice(0, place(start)).split('\n');
  const line = expression.split('\n')[before.length - 1] ?? '';
  const column = before.at(-1)?.length ?? 0;
  return `ERROR: <input>:${before.length}:${column + 1}: ${summary}\n | ${line}\n | ${'.'.repeat(column)}^`;
}
