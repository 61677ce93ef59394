import type { Pattern, PatternNode, PatternSequence } from './pattern.ts';

/** Ways through a pattern's alternatives up to which a backtracking engine is quick whatever the line is. */
const MAX_WAYS = 64;
/** Literals of one alternative that are looked for; the longest say most. */
const MAX_LITERALS = 4;

/**
 * Texts of which a line must contain all of one list to match: a test that costs far less than matching. In lower case when the pattern ignores case. `undefined` = nothing
 * can be said.
 */
export function requiredLiterals(pattern: Pattern): readonly (readonly string[])[] | undefined {
  const alternatives = pattern.branches.map((branch) =>
    literalsOf(branch).map((text) => (pattern.ignoresCase ? text.toLowerCase() : text)),
  );
  return alternatives.length <= MAX_WAYS && alternatives.every((literals) => literals.length > 0)
    ? alternatives
    : undefined;
}

/** The runs of plain characters in a sequence, the longest first. */
function literalsOf(sequence: PatternSequence): string[] {
  const runs = [''];
  for (const node of sequence) {
    if (node.kind === 'char') runs[runs.length - 1] += node.char;
    // An edge takes no room: what stands around it is side by side.
    else if (node.kind !== 'edge') runs.push('');
  }
  return runs
    .filter((run) => run !== '')
    .sort((a, b) => b.length - a.length)
    .slice(0, MAX_LITERALS);
}

/** Whether a backtracking engine takes time linear in the line, too: nothing is repeated, and there are few ways through the alternatives. */
export function isPlain(pattern: Pattern): boolean {
  return waysOf(pattern.branches) <= MAX_WAYS;
}

function waysOf(branches: readonly PatternSequence[]): number {
  return branches.reduce((sum, branch) => sum + branch.reduce((product, node) => product * waysOfNode(node), 1), 0);
}

function waysOfNode(node: PatternNode): number {
  if (node.kind === 'repeat') return Infinity;
  return node.kind === 'group' ? waysOf(node.branches) : 1;
}
