import type { Environment } from '@marcbachmann/cel-js';
import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isQualifiedName,
  type NameRule,
} from '../kube/name-rules.ts';
import { RequestUri } from './request-uri.ts';

/** A form that text may have to have, under its name. */
class Format {
  readonly name: string;
  readonly rule: NameRule;
  /** How long its regular expression counts as, which decides what it costs. */
  readonly patternSize: number;

  constructor(name: string, rule: NameRule) {
    this.name = name;
    this.rule = rule;
    this.patternSize = patternSizes[name] ?? 30;
  }

  equals(other: unknown): boolean {
    return other instanceof Format && other.name === this.name;
  }
}

/** Namespace of `format.named` and of a function for each format. */
class FormatFunctions {
  readonly #known = new Map(Object.entries(formats).map(([name, rule]) => [name, new Format(name, rule)]));

  get known(): ReadonlyMap<string, Format> {
    return this.#known;
  }
}

const formats: Readonly<Record<string, NameRule>> = {
  dns1123Label: isDns1123Label,
  dns1123Subdomain: isDns1123Subdomain,
  dns1035Label: isDns1035Label,
  qualifiedName: isQualifiedName,
  dns1123LabelPrefix: prefixOf(isDns1123Label),
  dns1123SubdomainPrefix: prefixOf(isDns1123Subdomain),
  dns1035LabelPrefix: prefixOf(isDns1035Label),
  labelValue: isLabelValue,
  uri: uriErrors,
  uuid: pattern(/^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i, 'does not match the UUID format'),
  byte: pattern(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/, 'invalid base64'),
  date: (text) => (isDate(text) ? [] : ['invalid date']),
  datetime: (text) => (isDateTime(text) ? [] : ['invalid datetime']),
};

/** As upstream counts them, about; those of labels have 30 characters. */
const patternSizes: Readonly<Record<string, number>> = {
  dns1123Subdomain: 60,
  dns1123SubdomainPrefix: 60,
  qualifiedName: 60,
  labelValue: 40,
  uri: 1_300,
  uuid: 80,
  byte: 90,
  date: 80,
  datetime: 80,
};

/** `format.dns1123Label()` and its like, `format.named(name)`, and `validate`, whose errors are absent when there are none. */
export function addFormatFunctions(environment: Environment, optionalOf: (value: unknown) => unknown): void {
  const type = 'kubernetes.NamedFormat';
  const functions = new FormatFunctions();
  environment
    .registerType(type, Format)
    .registerType('FormatFunctions', FormatFunctions)
    .registerConstant('format', 'FormatFunctions', functions)
    .registerFunction(`FormatFunctions.named(string): optional<${type}>`, ({ known }: FormatFunctions, name: string) =>
      optionalOf(known.get(name)),
    )
    .registerFunction(`${type}.validate(string): optional<list<string>>`, ({ rule }: Format, text: string) => {
      const errors = rule(text);
      return optionalOf(errors.length > 0 ? errors : undefined);
    })
    .registerOperator(`${type} == ${type}`, (a: Format, b: Format) => a.equals(b));
  for (const [name, format] of functions.known)
    environment.registerFunction(`FormatFunctions.${name}(): ${type}`, () => format);
}

/** What names begin with may end in a dash: something follows. */
function prefixOf(rule: NameRule): NameRule {
  return (text) => rule(text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text);
}

function pattern(form: RegExp, message: string): NameRule {
  return (text) => (form.test(text) ? [] : [message]);
}

function uriErrors(text: string): readonly string[] {
  try {
    RequestUri.parse(text);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function isDateTime(text: string): boolean {
  const [date = '', time = ''] = text.toLowerCase().split('t');
  const [, hour, minute, second] = /^(\d{2}):(\d{2}):(\d{2})(?:.\d+)?(?:z|[+-]\d{2}:\d{2})$/.exec(time) ?? [];
  if (hour === undefined || minute === undefined || second === undefined) return false;
  return isDate(date) && hour <= '23' && minute <= '59' && second <= '59';
}
