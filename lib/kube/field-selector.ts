import { SelectorError } from './label-selector.ts';

interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** A field selector that was parsed once and can be asked often. Which fields a kind offers is checked by the server. */
export interface FieldMatcher {
  readonly requirements: readonly FieldRequirement[];
  readonly isEverything: boolean;
  /** `valueOf` gives the text of a field, '' when it is not set. */
  matches(valueOf: (field: string) => string): boolean;
  /** The value that the field must have, when the selector asks for exactly one. */
  exactValueOf(field: string): string | undefined;
}

/** Parses `spec.nodeName=node-1,status.phase!=Running`; `\` escapes `,`, `=` and itself in values. Throws `SelectorError`. */
export function parseFieldSelector(text: string): FieldMatcher {
  const requirements: FieldRequirement[] = [];
  // Upstream looks at them in this order, and complains of the first.
  for (const term of splitTerms(text).sort()) {
    if (term === '') continue;
    requirements.push(parseTerm(text, term));
  }
  return {
    requirements,
    isEverything: requirements.length === 0,
    matches: (valueOf) =>
      requirements.every(({ field, operator, value }) => (valueOf(field) === value) === (operator === '=')),
    exactValueOf: (field) => requirements.find((one) => one.field === field && one.operator === '=')?.value,
  };
}

/** The value of a dotted path as field selectors see it: '' when absent, text of booleans and numbers. */
export function fieldValue(object: unknown, path: string): string {
  let value: unknown = object;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null) return '';
    value = (value as Readonly<Record<string, unknown>>)[part];
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(selector: string, term: string): FieldRequirement {
  for (let at = 0; at < term.length; at++) {
    for (const operator of ['!=', '==', '='] as const) {
      if (!term.startsWith(operator, at)) continue;
      return {
        field: term.slice(0, at),
        operator: operator === '!=' ? '!=' : '=',
        value: unescape(term.slice(at + operator.length)),
      };
    }
  }
  throw new SelectorError(`invalid selector: '${selector}'; can't understand '${term}'`);
}

function unescape(value: string): string {
  let plain = '';
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === '\\') {
      const escaped = value.charAt(++at);
      if (escaped === '' || !'\\,='.includes(escaped)) {
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${escaped}`);
      }
      plain += escaped;
    } else if (character === ',' || character === '=') {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    } else plain += character;
  }
  return plain;
}
