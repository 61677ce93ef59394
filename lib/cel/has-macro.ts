import { visitNodes, type RunningNode } from './running-node.ts';

interface Checker {
  check(node: unknown, context: unknown): unknown;
  getType(name: 'bool'): unknown;
}

interface Evaluator {
  run(node: unknown, context: unknown): unknown;
  debugType(value: unknown): { fieldLazy(value: unknown, name: string, node: unknown, evaluator: Evaluator): unknown };
}

/**
 * The library reads `has(a.b.c)` of plain names only. In the language anything may stand before the last name: `has(self.list[0].name)`. Takes an expression that was
 * not checked yet.
 */
export function widenHas(root: unknown): void {
  visitNodes(root, (node) => {
    if (node.op !== 'call') return;
    const [name, [selected]] = node.args as readonly [string, readonly (RunningNode | undefined)[]];
    if (name !== 'has') return;
    if (selected?.op === '.' && !isNames(selected)) node.setMeta('macro', hasMember(selected));
  });
}

function isNames({ op, args }: RunningNode): boolean {
  if (op === 'id') return true;
  const [receiver] = (op === '.' || op === '.?' ? args : []) as readonly (RunningNode | undefined)[];
  return receiver !== undefined && isNames(receiver);
}

function hasMember(selected: RunningNode): object {
  const [receiver, member] = selected.args as readonly [RunningNode, string];
  return {
    receiver,
    typeCheck: (checker: Checker, _macro: unknown, context: unknown) => {
      checker.check(receiver, context);
      return checker.getType('bool');
    },
    evaluate: (evaluator: Evaluator, _macro: unknown, context: unknown) => {
      const value = evaluator.run(receiver, context);
      return evaluator.debugType(value).fieldLazy(value, member, selected, evaluator) !== undefined;
    },
  };
}
