import { isLabelValue, isQualifiedName } from './name-rules.ts';
import { selectorTokens, type Token } from './selector-lexer.ts';
import type { LabelSelector } from './types.ts';

export type Labels = Readonly<Record<string, string>>;

/** One condition of a selector; all must hold. */
interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';
  readonly values: readonly string[];
}

/** A selector that was parsed once and can be asked often. */
export interface LabelMatcher {
  readonly requirements: readonly Requirement[];
  /** True for every object. */
  readonly isEverything: boolean;
  /** True for no object. */
  readonly isNothing: boolean;
  matches(labels: Labels | undefined): boolean;
}

/** What is wrong with a selector, in the API's words. */
export class SelectorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SelectorError';
  }
}

/**
 * Parses `app=hello,tier in (web,api),!legacy`. An empty text selects everything. Throws `SelectorError`.
 * Source of grammar and wording: Kubernetes' label selector reference and `apimachinery/pkg/labels`.
 */
export function parseLabelSelector(text: string): LabelMatcher {
  return matcherOf(new Parser(selectorTokens(text)).parse());
}

/** A `LabelSelector` object as in `spec.selector`. Absent selects nothing, an empty one everything. Throws `SelectorError`. */
export function labelMatcher(selector: LabelSelector | undefined): LabelMatcher {
  if (!selector) return nothing;
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    requirements.push(checked({ key, operator: 'in', values: [value] }));
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = objectOperators.get(operator);
    if (!known) throw new SelectorError(`"${operator}" is not a valid label selector operator`);
    requirements.push(checked({ key: key ?? '', operator: known, values: [...(values ?? [])] }));
  }
  return matcherOf(requirements);
}

/** Equality with every given label: the selector of Services and ReplicationControllers. */
export function labelsMatcher(labels: Labels): LabelMatcher {
  return matcherOf(Object.entries(labels).map(([key, value]) => ({ key, operator: 'in', values: [value] })));
}

/** The text form of a selector object, for list requests: `app=hello,tier in (api,web)`. Nothing selected is an error of the caller. */
export function formatLabelSelector(selector: LabelSelector): string {
  return labelMatcher(selector).requirements.map(formatRequirement).join(',');
}

const objectOperators: ReadonlyMap<string, Requirement['operator']> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

function matcherOf(requirements: readonly Requirement[]): LabelMatcher {
  return {
    requirements,
    isEverything: requirements.length === 0,
    isNothing: false,
    matches: (labels) => requirements.every((requirement) => holds(requirement, labels ?? {})),
  };
}

const nothing: LabelMatcher = { requirements: [], isEverything: false, isNothing: true, matches: () => false };

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    default: {
      if (value === undefined || !integer.test(value)) return false;
      const left = BigInt(value);
      const right = BigInt(values[0] ?? '0');
      return operator === 'gt' ? left > right : left < right;
    }
  }
}

const integer = /^[+-]?\d{1,19}$/;

function formatRequirement({ key, operator, values }: Requirement): string {
  const only = values.length === 1 ? values[0] : undefined;
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    case 'in':
      return only === undefined ? `${key} in (${[...values].sort().join(',')})` : `${key}=${only}`;
    default:
      return only === undefined ? `${key} notin (${[...values].sort().join(',')})` : `${key}!=${only}`;
  }
}

/** The checks that every requirement passes, whether it came as text or as an object. */
function checked(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  const shown = `[${values.map((value) => JSON.stringify(value)).join(',')}]`;
  const keyErrors = isQualifiedName(key);
  if (keyErrors.length > 0)
    throw new SelectorError(`key: Invalid value: ${JSON.stringify(key)}: ${keyErrors.join('; ')}`);
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    throw new SelectorError(`values: Invalid value: ${shown}: for 'in', 'notin' operators, values set can't be empty`);
  }
  if ((operator === 'exists' || operator === '!') && values.length > 0) {
    throw new SelectorError(`values: Invalid value: ${shown}: values set must be empty for exists and does not exist`);
  }
  if ((operator === 'gt' || operator === 'lt') && !integer.test(values[0] ?? '')) {
    throw new SelectorError(
      `values[0]: Invalid value: ${JSON.stringify(values[0] ?? '')}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  for (const [index, value] of values.entries()) {
    const errors = isLabelValue(value);
    if (errors.length > 0) {
      throw new SelectorError(
        `values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${errors.join('; ')}`,
      );
    }
  }
  return requirement;
}

const binaryOperators = 'in, notin, =, ==, !=, gt, lt';

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): readonly Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'end') return requirements;
      if (!startsRequirement(token)) {
        throw new SelectorError(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      try {
        requirements.push(this.#requirement());
      } catch (error) {
        throw new SelectorError(`unable to parse requirement: ${(error as Error).message}`);
      }
      const after = this.#next();
      if (after.kind === 'end') return requirements;
      if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
      const follower = this.#peek();
      if (!startsRequirement(follower)) {
        throw new SelectorError(`found '${follower.text}', expected: identifier after ','`);
      }
    }
  }

  #requirement(): Requirement {
    let token = this.#next();
    const isNegated = token.kind === '!';
    if (isNegated) token = this.#next();
    if (!isWord(token)) throw new SelectorError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const keyErrors = isQualifiedName(key);
    if (keyErrors.length > 0) {
      throw new SelectorError(`<nil>: Invalid value: ${JSON.stringify(key)}: ${keyErrors.join('; ')}`);
    }
    if (isNegated) return { key, operator: '!', values: [] };
    const following = this.#peek().kind;
    if (following === 'end' || following === ',') return { key, operator: 'exists', values: [] };
    const operator = this.#next();
    switch (operator.kind) {
      case 'in':
      case 'notin':
        return checked({ key, operator: operator.kind, values: this.#valueList() });
      case '=':
      case '==':
        return checked({ key, operator: 'in', values: [this.#singleValue()] });
      case '!=':
        return checked({ key, operator: 'notin', values: [this.#singleValue()] });
      case '>':
      case '<':
        return checked({ key, operator: operator.kind === '>' ? 'gt' : 'lt', values: [this.#singleValue()] });
      default:
        throw new SelectorError(`found '${operator.text}', expected: ${binaryOperators}`);
    }
  }

  #singleValue(): string {
    const following = this.#peek().kind;
    if (following === 'end' || following === ',') return '';
    const token = this.#next();
    if (!isWord(token)) throw new SelectorError(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  /** `(a,b)`; an empty place between commas, or in the whole list, is the empty value. */
  #valueList(): readonly string[] {
    const open = this.#next();
    if (open.kind !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    if (this.#peek().kind === ')') {
      this.#next();
      return [''];
    }
    let isValueDue = true;
    for (;;) {
      const token = this.#next();
      if (isWord(token)) {
        if (!isValueDue) throw new SelectorError(`found '${token.text}', expected: ',' or ')'`);
        values.add(token.text);
        isValueDue = false;
      } else if (token.kind === ',') {
        if (isValueDue) values.add('');
        isValueDue = true;
      } else if (token.kind === ')') {
        if (isValueDue) values.add('');
        return [...values];
      } else {
        const expected = isValueDue ? "',', or identifier" : "',' or ')'";
        throw new SelectorError(`found '${token.text}', expected: ${expected}`);
      }
    }
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }
}

/** `in` and `notin` are ordinary words where no operator can stand. */
function isWord(token: Token): boolean {
  return token.kind === 'identifier' || token.kind === 'in' || token.kind === 'notin';
}

function startsRequirement(token: Token): boolean {
  return isWord(token) || token.kind === '!';
}
