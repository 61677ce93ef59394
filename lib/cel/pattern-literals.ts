import { compilePattern } from './regular-expressions.ts';
import { visitNodes, type RunningNode } from './running-node.ts';

const takePatterns: ReadonlySet<string> = new Set(['matches', 'find', 'findAll']);

/** Throws for the first pattern that is written in an expression and cannot be read, with its place: `{ range: { start } }`. */
export function checkPatternLiterals(root: unknown): void {
  visitNodes(root, (node) => {
    if (node.op !== 'rcall') return;
    const [name, , operands] = node.args as readonly [string, RunningNode, readonly RunningNode[]];
    const [pattern] = operands;
    if (!takePatterns.has(name) || pattern?.op !== 'value' || typeof pattern.args !== 'string') return;
    try {
      compilePattern(pattern.args);
    } catch (error) {
      const { start } = pattern as { readonly start?: number };
      throw Object.assign(new Error(`invalid ${name} argument`, { cause: error }), { range: { start } });
    }
  });
}
