import type { Environment } from '@marcbachmann/cel-js';
import { CelCostError, spend } from './cost.ts';
import type { RunningNode } from './running-node.ts';

interface CelType {
  readonly kind: string;
  readonly keyType?: CelType;
  readonly valueType?: CelType;
  isDynOrBool(): boolean;
}

interface Checker {
  readonly registry: {
    getListType(item: CelType): CelType;
    getMapType(key: CelType, value: CelType): CelType;
  };
  check(node: RunningNode, context: Context): CelType;
  getType(name: string): CelType;
  createError(code: string, message: string, node: RunningNode): Error;
}

interface Evaluator {
  run(node: RunningNode, context: Context): unknown;
}

interface Context {
  forkWithVariable(name: string, type: CelType): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}

/** What the library calls back with when it reads a loop. */
interface Written {
  readonly receiver: RunningNode;
  readonly args: readonly RunningNode[];
}

interface Round {
  readonly key: unknown;
  /** Whether it is not filtered out. */
  passes(): boolean;
  run(): unknown;
}

interface Kind {
  readonly name: string;
  readonly roundCost: number;
  readonly takesFilter: boolean;
  typeOf(checker: Checker, key: CelType, body: CelType): CelType;
  evaluate(rounds: Iterable<Round>): unknown;
}

/** One round of a loop, as `metered.ts` counts it, and keeping an item in a list. */
const ROUND = 3;
const KEPT_ITEM = 12;

const toBool = (checker: Checker): CelType => checker.getType('bool');
const toMap = (checker: Checker, key: CelType, body: CelType): CelType => checker.registry.getMapType(key, body);

const kinds: readonly Kind[] = [
  { name: 'all', roundCost: ROUND, takesFilter: false, typeOf: toBool, evaluate: (rounds) => !decide(rounds, false) },
  { name: 'exists', roundCost: ROUND, takesFilter: false, typeOf: toBool, evaluate: (rounds) => decide(rounds, true) },
  { name: 'existsOne', roundCost: ROUND, takesFilter: false, typeOf: toBool, evaluate: isTrueOnce },
  { name: 'exists_one', roundCost: ROUND, takesFilter: false, typeOf: toBool, evaluate: isTrueOnce },
  {
    name: 'transformList',
    roundCost: KEPT_ITEM,
    takesFilter: true,
    typeOf: (checker, _key, body) => checker.registry.getListType(body),
    evaluate: (rounds) => {
      const list: unknown[] = [];
      for (const round of rounds) if (round.passes()) list.push(round.run());
      return list;
    },
  },
  {
    name: 'transformMap',
    roundCost: ROUND,
    takesFilter: true,
    typeOf: toMap,
    evaluate: (rounds) => {
      const map = new Map<unknown, unknown>();
      for (const round of rounds) if (round.passes()) map.set(round.key, round.run());
      return map;
    },
  },
  {
    name: 'transformMapEntry',
    roundCost: ROUND,
    takesFilter: true,
    typeOf: (_checker, _key, body) => body,
    evaluate: mergeEntries,
  },
];

/** The loops over both index and item of a list, or key and value of a map: `list.all(i, v, …)`, `map.transformMap(k, v, …)`… */
export function addTwoVariableLoops(environment: Environment): void {
  for (const kind of kinds) {
    const loop = (written: Written) => loopOf(kind, written);
    environment.registerFunction(`list.${kind.name}(ast, ast, ast): dyn`, loop);
    // cel-go's newer name of `exists_one`.
    if (kind.name === 'existsOne') environment.registerFunction('list.existsOne(ast, ast): dyn', loop);
    if (kind.takesFilter) environment.registerFunction(`list.${kind.name}(ast, ast, ast, ast): dyn`, loop);
  }
}

function loopOf(kind: Kind, { receiver, args }: Written): object {
  const isOfOne = args.length === 2;
  const [keyName, valueName, ...parts] = isOfOne ? [undefined, ...args] : args;
  const [filter, body] = parts.length > 1 ? parts : [undefined, parts[0]];
  let keys: Context | undefined;
  let values: Context | undefined;
  return {
    async: false,
    receiver,
    parts,
    typeCheck: (checker: Checker, _macro: unknown, context: Context): CelType => {
      const of = checker.check(receiver, context);
      const [key, value] = memberTypes(checker, of, receiver);
      // A loop over one variable has no key, and what it goes through of a map are the keys.
      keys = keyName && context.forkWithVariable(nameOf(checker, keyName), key);
      const item = isOfOne && of.kind !== 'list' ? key : value;
      values = (keys ?? context).forkWithVariable(nameOf(checker, valueName ?? receiver), item);
      if (filter) checkBool(checker, filter, checker.check(filter, values));
      const result = checker.check(body ?? receiver, values);
      if (kind.typeOf === toBool) checkBool(checker, body ?? receiver, result);
      return kind.typeOf(checker, key, result);
    },
    evaluate: (evaluator: Evaluator, _macro: unknown, context: Context): unknown => {
      const range = evaluator.run(receiver, context);
      const isMap = !Array.isArray(range) && !(range instanceof Set);
      const inner = (key: unknown, value: unknown): Context | undefined => {
        const outer = keys ? keys.reuse(context).setIterValue(key, evaluator) : context;
        return values?.reuse(outer).setIterValue(isOfOne && isMap ? key : value, evaluator);
      };
      function* rounds(): Generator<Round> {
        for (const [key, value] of entriesOf(range)) {
          spend(kind.roundCost);
          const scope = inner(key, value) ?? context;
          const run = (node: RunningNode | undefined) => (node ? evaluator.run(node, scope) : true);
          yield { key, passes: () => asBool(run(filter)), run: () => run(body) };
        }
      }
      return kind.evaluate(rounds());
    },
  };
}

function nameOf(checker: Checker, node: RunningNode): string {
  if (node.op === 'id' && typeof node.args === 'string') return node.args;
  throw checker.createError('invalid_macro_argument', 'argument must be a simple name', node);
}

function checkBool(checker: Checker, node: RunningNode, type: CelType): void {
  if (!type.isDynOrBool())
    throw checker.createError('invalid_macro_argument', 'the predicate of a loop must return bool', node);
}

function memberTypes(checker: Checker, of: CelType, node: RunningNode): readonly [CelType, CelType] {
  const dyn = checker.getType('dyn');
  if (of.kind === 'list') return [checker.getType('int'), of.valueType ?? dyn];
  if (of.kind === 'map') return [of.keyType ?? dyn, of.valueType ?? dyn];
  if (of.kind === 'dyn') return [dyn, dyn];
  throw checker.createError(
    'invalid_comprehension_range',
    'the range of a loop must be a list, a map, or dynamic',
    node,
  );
}

function entriesOf(value: unknown): Iterable<readonly [unknown, unknown]> {
  if (value instanceof Map) return value as ReadonlyMap<unknown, unknown>;
  if (Array.isArray(value) || value instanceof Set)
    return Array.from(value as Iterable<unknown>, (item, at) => [BigInt(at), item] as const);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.entries(value);
  throw new Error('no such overload: the range of a loop must be a list or a map');
}

function asBool(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error('no such overload: the predicate of a loop must return bool');
}

/** Whether a round comes to what decides. Errors of others do not matter then, and are thrown when none does. */
function decide(rounds: Iterable<Round>, decisive: boolean): boolean {
  let failure: unknown;
  for (const round of rounds) {
    try {
      if (asBool(round.run()) === decisive) return true;
    } catch (error) {
      if (error instanceof CelCostError) throw error;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return false;
}

function isTrueOnce(rounds: Iterable<Round>): boolean {
  let count = 0;
  for (const round of rounds) if (asBool(round.run())) count++;
  return count === 1;
}

function mergeEntries(rounds: Iterable<Round>): ReadonlyMap<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (const round of rounds) {
    if (!round.passes()) continue;
    for (const [key, value] of entriesOf(round.run())) {
      if (map.has(key)) throw new Error(`insert failed: key ${String(key)} already exists`);
      map.set(key, value);
    }
  }
  return map;
}
