import { compilePattern, PatternError } from './pattern.ts';

/** Annotations of a pod that say what becomes of its log lines begin with this. */
export const logAnnotationPrefix = 'logs.vigil.dev/';

/** Languages whose stack traces are known. */
export const multilinePresets = ['java', 'python', 'go', 'node'] as const;
export type MultilinePreset = (typeof multilinePresets)[number];

/** What a pod asks for. */
export interface LogRules {
  readonly parse?: 'json' | 'logfmt';
  /** What the first line of a message looks like; all others go on the one before. */
  readonly multiline?: MultilinePreset | RegExp;
  readonly drop?: RegExp;
  readonly keep?: RegExp;
  /** Share of lines below level warn that are kept, 0–1. */
  readonly sample?: number;
  readonly redact?: RegExp;
}

/** An annotation that asks for nothing that can be done. */
export interface LogAnnotationProblem {
  /** Its whole name. */
  readonly annotation: string;
  readonly value: string;
  readonly reason: string;
  /** The character of the value (of the name, when that is unknown) that is to blame, from 0. */
  readonly at: number;
}

type Mutable = { -readonly [K in keyof LogRules]: LogRules[K] };
type Take = (rules: Mutable, value: string) => void;

const takes: Readonly<Record<keyof LogRules, Take>> = {
  parse: (rules, value) => {
    rules.parse = oneOf(value, ['json', 'logfmt']);
  },
  multiline: (rules, value) => {
    rules.multiline = multilinePresets.find((preset) => preset === value) ?? firstLineOf(value);
  },
  drop: (rules, value) => {
    rules.drop = compilePattern(value, '');
  },
  keep: (rules, value) => {
    rules.keep = compilePattern(value, '');
  },
  sample: (rules, value) => {
    rules.sample = shareOf(value);
  },
  redact: (rules, value) => {
    rules.redact = compilePattern(value, 'g');
  },
};

/**
 * What a pod's annotations ask for. Each is independent, and one that is not valid is left out and told of:
 *
 *     logs.vigil.dev/parse       json | logfmt                 fields into `vigil.fields`, message and level taken from them
 *     logs.vigil.dev/multiline   java | python | go | node | /pattern of a first line/
 *     logs.vigil.dev/drop        /pattern/                     lines that match are not shipped
 *     logs.vigil.dev/keep        /pattern/                     only lines that match are shipped
 *     logs.vigil.dev/sample      0.1                           this share of lines below level warn
 *     logs.vigil.dev/redact      /pattern/                     what matches is replaced by [redacted]
 */
export function parseLogAnnotations(annotations: Readonly<Record<string, string>>): {
  readonly rules: LogRules;
  readonly problems: readonly LogAnnotationProblem[];
} {
  const rules: Mutable = {};
  const problems: LogAnnotationProblem[] = [];
  for (const [annotation, value] of Object.entries(annotations)) {
    if (!annotation.startsWith(logAnnotationPrefix)) continue;
    const name = annotation.slice(logAnnotationPrefix.length);
    if (!isRule(name)) {
      const reason = `unknown; there are ${Object.keys(takes).join(', ')}`;
      problems.push({ annotation, value, reason, at: logAnnotationPrefix.length });
      continue;
    }
    const trimmed = value.trim();
    try {
      takes[name](rules, trimmed);
    } catch (error) {
      const at = error instanceof PatternError ? error.at : 0;
      const reason = error instanceof Error ? error.message : String(error);
      problems.push({ annotation, value, reason, at: at + value.indexOf(trimmed) });
    }
  }
  return { rules, problems };
}

/** One line: what is wrong with which annotation, and where. */
export function sentenceOf({ annotation, value, reason, at }: LogAnnotationProblem): string {
  if (!isRule(annotation.slice(logAnnotationPrefix.length))) return `${annotation}: ${reason}`;
  return `${annotation}: ${reason}, at character ${at + 1} of ${JSON.stringify(value)}`;
}

/** The value, and below it a caret under the character that is to blame. */
export function pointerOf({ annotation, value, at }: LogAnnotationProblem): string {
  const isKnown = isRule(annotation.slice(logAnnotationPrefix.length));
  return `${isKnown ? value : annotation}\n${' '.repeat(at)}^`;
}

function isRule(name: string): name is keyof LogRules {
  return Object.hasOwn(takes, name);
}

function oneOf<const T extends string>(value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new Error(`"${value}" is neither ${known.join(' nor ')}`);
  return found;
}

/** A word that is no preset is more likely one that is misspelt than a pattern. */
function firstLineOf(value: string): RegExp {
  if (/^[a-z]+$/.test(value))
    throw new Error(`"${value}" is none of ${multilinePresets.join(', ')}, and a pattern stands between slashes`);
  return compilePattern(value, '');
}

function shareOf(value: string): number {
  const share = Number(value);
  if (value === '' || !(share >= 0 && share <= 1)) throw new Error(`"${value}" is not a share from 0 to 1`);
  return share;
}
