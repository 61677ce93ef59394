/**
 * A node as the library evaluates it: `meta.evaluate` of each node is called for each value that is made, `handle` of operators and calls with the values that
 * they are about, and `meta.macro` in the place of either where there is one. None of it is published; `metered.test.ts` holds the library to it.
 */
export interface RunningNode {
  readonly op: string;
  readonly args: unknown;
  readonly meta: {
    readonly alternate?: unknown;
    readonly macro?: unknown;
    readonly evaluate: (evaluator: unknown, node: unknown, context: unknown) => unknown;
  };
  setMeta(name: 'evaluate', value: RunningNode['meta']['evaluate']): void;
  setMeta(name: 'macro', value: object): void;
  handle?: (...operands: unknown[]) => unknown;
}

/** Calls back for every node of an expression, the inner ones first, and for those that were put in their place. */
export function visitNodes(root: unknown, callback: (node: RunningNode) => void): void {
  const seen = new Set<object>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (isNode(value)) {
      visit(value.args);
      visit(value.meta.alternate);
      visit(value.meta.macro);
      callback(value);
    } else {
      const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
      if (isPlain) for (const member of Object.values(value)) visit(member);
    }
  };
  visit(root);
}

function isNode(value: object): value is RunningNode {
  return 'op' in value && 'meta' in value && 'setMeta' in value;
}
