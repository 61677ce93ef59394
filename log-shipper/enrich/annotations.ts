import type { LineTransform } from './line-transform.ts';
import { AnnotatedLines, type LineRules } from './annotated-lines.ts';
import { startPattern } from '../parse/multiline.ts';

const PREFIX = 'logs.vigil.dev/';
/** Patterns come from users: bounded, so that one pod's annotation cannot hold everybody's lines up. */
const MAX_PATTERN_LENGTH = 500;
const known = ['parse', 'multiline', 'drop', 'keep', 'sample', 'redact'] as const;

/**
 * What a pod's annotations ask for; `undefined` when lines are shipped as they are. Each is independent, and one that is not valid is reported and left out:
 *
 *     logs.vigil.dev/parse       json | logfmt                 fields into `vigil.fields`, message and level taken from them
 *     logs.vigil.dev/multiline   java | python | go | node | /pattern of a first line/
 *     logs.vigil.dev/drop        /pattern/                     lines that match are not shipped
 *     logs.vigil.dev/keep        /pattern/                     only lines that match are shipped
 *     logs.vigil.dev/sample      0.1                           this share of lines below level warn
 *     logs.vigil.dev/redact      /pattern/                     what matches is replaced by [redacted]
 */
export function transformFor(
  annotations: Readonly<Record<string, string>>,
  invalid: (annotation: string, reason: string) => void,
): LineTransform | undefined {
  const rules: { -readonly [K in keyof LineRules]: LineRules[K] } = {};
  for (const [name, value] of Object.entries(annotations)) {
    if (!name.startsWith(PREFIX)) continue;
    try {
      take(rules, name.slice(PREFIX.length), value.trim());
    } catch (error) {
      invalid(name, (error as Error).message);
    }
  }
  return Object.keys(rules).length > 0 ? new AnnotatedLines(rules) : undefined;
}

function take(rules: { -readonly [K in keyof LineRules]: LineRules[K] }, name: string, value: string): void {
  switch (name) {
    case 'parse':
      if (value !== 'json' && value !== 'logfmt') throw new Error(`"${value}" is neither json nor logfmt`);
      rules.parse = value;
      return;
    case 'multiline':
      rules.firstLine = startPattern(value) ?? patternOf(value, '');
      return;
    case 'drop':
      rules.drop = patternOf(value, '');
      return;
    case 'keep':
      rules.keep = patternOf(value, '');
      return;
    case 'redact':
      rules.redact = patternOf(value, 'g');
      return;
    case 'sample': {
      const share = Number(value);
      if (!(share >= 0 && share <= 1)) throw new Error(`"${value}" is not a share from 0 to 1`);
      rules.sample = share;
      return;
    }
    default:
      throw new Error(`unknown; there are ${known.join(', ')}`);
  }
}

function patternOf(value: string, flags: string): RegExp {
  const inner = /^\/(.*)\/$/s.exec(value)?.[1] ?? value;
  if (inner === '' || inner.length > MAX_PATTERN_LENGTH)
    throw new Error(`a pattern has 1 to ${MAX_PATTERN_LENGTH} characters`);
  // Repetition of a repetition makes matching take forever on an unlucky line.
  const nested = /\((?:[^()\\]|\\.)*[+*](?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,)/.exec(inner);
  if (nested) throw new Error(`a repetition inside a repetition at character ${nested.index + 1} could take forever`);
  return new RegExp(inner, flags);
}
