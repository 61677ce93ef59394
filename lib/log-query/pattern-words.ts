import type { Pattern, PatternNode, PatternSequence } from './pattern.ts';

/**
 * What a line's words must be so that a pattern can match it: the store finds candidates by its index of words, and the pattern itself is matched only on those.
 * A `word` is in lower case; it may be part of a longer one on the sides that are open.
 */
export type RequiredWords =
  | { readonly kind: 'all'; readonly of: readonly RequiredWords[] }
  | { readonly kind: 'any'; readonly of: readonly RequiredWords[] }
  | { readonly kind: 'word'; readonly text: string; readonly opensLeft: boolean; readonly opensRight: boolean };

/** Shorter pieces select nearly every line. */
const MIN_OPEN_LENGTH = 3;
/** So many words of one sequence are asked for, the longest; more would cost more than they keep out. */
const MAX_WORDS = 4;
const MAX_BRANCHES = 32;

/** `undefined` when lines without any particular word can match. */
export function requiredWords(pattern: Pattern): RequiredWords | undefined {
  return ofBranches(pattern.branches);
}

function ofBranches(branches: readonly PatternSequence[]): RequiredWords | undefined {
  if (branches.length > MAX_BRANCHES) return undefined;
  const of: RequiredWords[] = [];
  for (const branch of branches) {
    const words = ofSequence(branch);
    if (words === undefined) return undefined;
    of.push(words);
  }
  const [only] = of;
  return of.length === 1 && only ? only : { kind: 'any', of };
}

/** Stands for text of any kind, and for a place where no word goes on. */
const GAP = '\0';
const BREAK = '\u0001';

function ofSequence(sequence: PatternSequence): RequiredWords | undefined {
  const inner: RequiredWords[] = [];
  let run = GAP;
  for (const node of sequence) {
    run += runOf(node);
    const group = node.kind === 'repeat' && node.min > 0 ? node.node : node;
    const words = group.kind === 'group' ? ofBranches(group.branches) : undefined;
    if (words) inner.push(words);
  }
  const of = [...wordsOf(run + GAP), ...inner].slice(0, MAX_WORDS);
  const [only] = of;
  return of.length === 0 ? undefined : of.length === 1 && only ? only : { kind: 'all', of };
}

function runOf(node: PatternNode): string {
  switch (node.kind) {
    case 'char':
      return node.char;
    case 'edge':
      // \b is no end of a word for the store: "a.b" is one word there.
      return node.source === '^' || node.source === '$' ? BREAK : GAP;
    case 'class':
      return !node.isNegated &&
        node.items.every((item) =>
          'escape' in item ? item.escape === '\\s' : item.from === item.to && isBreak(item.from),
        )
        ? BREAK
        : GAP;
    case 'repeat':
      return node.min > 0 && runOf(node.node) === BREAK ? BREAK : GAP;
    case 'any':
    case 'group':
      return GAP;
  }
}

/** Characters that end a word wherever they stand (UAX #29). Not among them: what joins letters or digits, such as `.` `:` `'` `,`. */
function isBreak(char: string): boolean {
  return char === BREAK || /^[\s()[\]{}<>=/\\|"@#&!?%$*+~`^-]$/.test(char);
}

function wordsOf(run: string): RequiredWords[] {
  const words: { kind: 'word'; text: string; opensLeft: boolean; opensRight: boolean }[] = [];
  for (const { 0: text, index } of run.matchAll(/[A-Za-z0-9_]+/g)) {
    const opensLeft = !isBreak(run[index - 1] ?? GAP);
    const opensRight = !isBreak(run[index + text.length] ?? GAP);
    // A run of underscores alone is no word of the store's.
    if (!/[A-Za-z0-9]/.test(text) || ((opensLeft || opensRight) && text.length < MIN_OPEN_LENGTH)) continue;
    words.push({ kind: 'word', text: text.toLowerCase(), opensLeft, opensRight });
  }
  const weight = (word: { text: string; opensLeft: boolean; opensRight: boolean }) =>
    word.text.length + (word.opensLeft ? 0 : 100) + (word.opensRight ? 0 : 20);
  return words.sort((a, b) => weight(b) - weight(a)).slice(0, MAX_WORDS);
}
