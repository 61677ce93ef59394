import type { ASTNode } from '@marcbachmann/cel-js';
import { spend } from './cost.ts';
import { visitNodes, type RunningNode } from './running-node.ts';
import { sizeCost } from './size-cost.ts';

/** What making a value costs, in upstream's units (cel-go's `CostTracker`): operators that only choose cost nothing. */
const baseCosts: Readonly<Record<string, number>> = {
  id: 1,
  '.': 1,
  '.?': 1,
  '[]': 1,
  '[?]': 1,
  list: 10,
  map: 30,
  accuPush: 12,
};
/** One round of a loop: looking whether to go on, and keeping what was found. */
const ROUND = 3;
const binaryOperators: ReadonlySet<string> = new Set('!= == in + - * / % < <= > >='.split(' '));

/**
 * Makes a checked expression count what it costs while it is evaluated, so that it can be cut off. Loops are counted round by round. It differs from upstream's
 * count in the last digits: rounds of `all` and `exists` cost a flat 3, and functions are counted by the sizes of what they are given, each alike.
 */
export function meter(root: ASTNode): void {
  visitNodes(root, countNode);
}

function countNode(node: RunningNode): void {
  const { op, handle } = node;
  // What is expanded into something else costs what that costs.
  if (node.meta.alternate !== undefined) return;
  if (op === 'comprehension') {
    const { step } = node.args as { readonly step: RunningNode };
    addCost(step, ROUND);
    return;
  }
  const cost = baseCosts[op];
  if (cost !== undefined) addCost(node, cost);
  if (!handle) return;
  if (binaryOperators.has(op)) {
    node.handle = (left, right, ...rest) => {
      spend(sizeCost(op, [left, right]));
      return handle(left, right, ...rest);
    };
  } else if (op === 'call' || op === 'rcall') {
    const [name] = node.args as readonly [string];
    node.handle = (operands, ...rest) => {
      spend(sizeCost(name, operands as readonly unknown[]));
      return handle(operands, ...rest);
    };
  }
}

function addCost(node: RunningNode, cost: number): void {
  const { evaluate } = node.meta;
  node.setMeta('evaluate', (evaluator: unknown, self: unknown, context: unknown) => {
    spend(cost);
    return evaluate(evaluator, self, context);
  });
}
