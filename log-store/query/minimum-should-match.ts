import { badRequest } from '../engine/store-error.ts';
import { textOf } from '../text-of.ts';

/** How many of `count` optional clauses must match: `2`, `-1`, `75%`, `-25%`, `3<90%`, `2<-25% 9<-3`; `fallback` when nothing is said. */
export function minimumShouldMatch(spec: unknown, count: number, fallback: number): number {
  if (spec === undefined || spec === null) return fallback;
  const text = textOf(spec).trim();
  if (!text.includes('<')) return Math.max(0, amount(text, count, text));
  let minimum = count;
  for (const part of text.replaceAll(/\s*<\s*/g, '<').split(/\s+/)) {
    const [above = '', rule = ''] = part.split('<');
    if (count <= whole(above, text)) return minimum;
    minimum = amount(rule, count, text);
  }
  return Math.max(0, minimum);
}

function amount(rule: string, count: number, text: string): number {
  const percent = rule.endsWith('%');
  const number = whole(percent ? rule.slice(0, -1) : rule, text);
  const share = percent ? Math.trunc((count * number) / 100) : number;
  return number < 0 ? count + share : share;
}

function whole(text: string, all: string): number {
  if (!/^[+-]?\d{1,9}$/.test(text))
    throw badRequest(`minimum_should_match [${all}] is not a number, a percentage or a condition`);
  return Number(text);
}
