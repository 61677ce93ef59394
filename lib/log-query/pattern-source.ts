import { QueryError } from './query-error.ts';
import type { ClassItem, Pattern, PatternNode, PatternSequence } from './pattern.ts';

/** V8's linear engine copies what is repeated, and refuses more copies than 16, counted through nested repetitions. */
const MAX_COPIES = 15;
/** A pattern that is longer than this when its repetitions are written out is refused. */
const MAX_SOURCE_LENGTH = 20_000;

/**
 * The pattern in the syntax that V8's linear engine accepts as well as the usual one: large repetitions are written out, and `(?i)` becomes classes of both cases.
 * Throws `QueryError` on `field` when that becomes too long.
 */
export function patternSource(field: string, pattern: Pattern): string {
  const source = branchesSource(pattern.branches, pattern.ignoresCase).text;
  if (source.length > MAX_SOURCE_LENGTH)
    throw new QueryError(field, pattern.text, 0, 'fewer repetitions inside one another expected');
  return source;
}

/** A piece of source, and how many copies its repetitions make of what is innermost. */
interface Source {
  readonly text: string;
  readonly copies: number;
}

function branchesSource(branches: readonly PatternSequence[], folds: boolean): Source {
  const parts = branches.map((branch) => branch.map((node) => nodeSource(node, folds)));
  return {
    text: parts.map((branch) => branch.map((part) => part.text).join('')).join('|'),
    copies: Math.max(1, ...parts.flat().map((part) => part.copies)),
  };
}

function nodeSource(node: PatternNode, folds: boolean): Source {
  switch (node.kind) {
    case 'any':
      return { text: '.', copies: 1 };
    case 'edge':
      return { text: node.source, copies: 1 };
    case 'char':
      return {
        text:
          folds && isLetter(node.char)
            ? `[${node.char.toLowerCase()}${node.char.toUpperCase()}]`
            : escapeChar(node.char),
        copies: 1,
      };
    case 'class':
      return {
        text: `[${node.isNegated ? '^' : ''}${node.items.map((item) => itemSource(item, folds)).join('')}]`,
        copies: 1,
      };
    case 'group': {
      const { text, copies } = branchesSource(node.branches, folds);
      return { text: `(?:${text})`, copies };
    }
    case 'repeat':
      return repeatSource(nodeSource(node.node, folds), node.min, node.max);
  }
}

function repeatSource(inner: Source, min: number, max: number): Source {
  const step = Math.max(1, Math.floor(MAX_COPIES / inner.copies));
  // What would be far too long anyway is not built first.
  if (inner.text.length * (Number.isFinite(max) ? max : min) > MAX_SOURCE_LENGTH * MAX_COPIES)
    return { text: inner.text.padEnd(MAX_SOURCE_LENGTH + 1), copies: 1 };
  const pieces: string[] = [];
  for (let left = min; left > 0; left -= step)
    pieces.push(times(inner.text, Math.min(left, step), Math.min(left, step)));
  if (max === Infinity) pieces.push(`${inner.text}*`);
  else for (let left = max - min; left > 0; left -= step) pieces.push(times(inner.text, 0, Math.min(left, step)));
  return {
    text: `(?:${pieces.join('')})`,
    copies: Math.max(inner.copies, Math.min(step, Math.max(min, max === Infinity ? 0 : max - min)) * inner.copies),
  };
}

function times(text: string, min: number, max: number): string {
  if (max === 1) return min === 1 ? text : `${text}?`;
  return `${text}{${min === max ? min : `${min},${max}`}}`;
}

function itemSource(item: ClassItem, folds: boolean): string {
  if ('escape' in item) return item.escape;
  const range = (from: string, to: string) =>
    from === to ? escapeChar(from) : `${escapeChar(from)}-${escapeChar(to)}`;
  if (!folds) return range(item.from, item.to);
  return [range(item.from, item.to), ...otherCases(item.from, item.to).map(([from, to]) => range(from, to))].join('');
}

/** The letters of a range in their other case. */
function otherCases(from: string, to: string): readonly (readonly [string, string])[] {
  const part = (
    low: string,
    high: string,
    change: (char: string) => string,
  ): readonly (readonly [string, string])[] => {
    const start = from > low ? from : low;
    const end = to < high ? to : high;
    return start <= end ? [[change(start), change(end)]] : [];
  };
  return [...part('a', 'z', (char) => char.toUpperCase()), ...part('A', 'Z', (char) => char.toLowerCase())];
}

function isLetter(char: string): boolean {
  return /^[A-Za-z]$/.test(char);
}

function escapeChar(char: string): string {
  if (/^[A-Za-z0-9 _]$/.test(char)) return char;
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
