/**
 * The published rules for names, labels and values (RFC 1123, RFC 1035, qualified names), each with the API's own wording. A rule returns what is wrong
 * with the text; an empty list means that it is fine.
 */
export type NameRule = (value: string) => readonly string[];

const LABEL_MAX = 63;
const SUBDOMAIN_MAX = 253;

const dns1123Label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const dns1123Subdomain = `${dns1123Label}(\\.${dns1123Label})*`;
const underscoredLabel = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const underscoredSubdomain = `${underscoredLabel}(\\.${underscoredLabel})*`;
const wildcardSubdomain = `\\*\\.${dns1123Subdomain}`;
const dns1035Label = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValue = `(${qualifiedName})?`;
const configMapKey = '[-._a-zA-Z0-9]+';

const patterns = new Map<string, RegExp>();

function matches(pattern: string, value: string): boolean {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    compiled = new RegExp(`^${pattern}$`);
    patterns.set(pattern, compiled);
  }
  return compiled.test(value);
}

function regexMessage(message: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}'`).join(',  or ');
  return `${message} (e.g. ${shown}, regex used for validation is '${pattern}')`;
}

function tooLong(max: number): string {
  return `must be no more than ${max} characters`;
}

/** Of what stands in labels the API counts bytes. */
function tooManyBytes(max: number): string {
  return `must be no more than ${max} bytes`;
}

/** A rule of a greatest length and a pattern. */
function fitting(max: number, pattern: string, message: string, ...examples: string[]): NameRule {
  return (value) => [
    ...(value.length > max ? [tooLong(max)] : []),
    ...(matches(pattern, value) ? [] : [regexMessage(message, pattern, ...examples)]),
  ];
}

export const isDns1123Label: NameRule = (value) => [
  ...(value.length > LABEL_MAX ? [tooLong(LABEL_MAX)] : []),
  ...(matches(dns1123Label, value)
    ? []
    : matches(dns1123Subdomain, value)
      ? ['must not contain dots']
      : [
          regexMessage(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            dns1123Label,
            'my-name',
            '123-abc',
          ),
        ]),
];

export const isDns1123Subdomain = fitting(
  SUBDOMAIN_MAX,
  dns1123Subdomain,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  'example.com',
);

/** Domains that are only looked up: records of services begin with underscores. */
export const isUnderscoredSubdomain = fitting(
  SUBDOMAIN_MAX,
  underscoredSubdomain,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  'example.com',
);

/** A subdomain behind `*.`, which stands for any label. */
export const isWildcardSubdomain = fitting(
  SUBDOMAIN_MAX,
  wildcardSubdomain,
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  '*.example.com',
);

export const isDns1035Label = fitting(
  LABEL_MAX,
  dns1035Label,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  'my-name',
  'abc-123',
);

/** Names of kinds: labels but for their capitals. */
export const isKindName: NameRule = (value) =>
  isDns1035Label(value.toLowerCase()).map((detail) => `may have mixed case, but should otherwise match: ${detail}`);

/** Keys of labels, annotations, taints, finalizers: `[prefix/]name`. */
export const isQualifiedName: NameRule = (value) => {
  const errors: string[] = [];
  const parts = value.split('/');
  let name = parts[0] ?? '';
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    name = parts[1] ?? '';
    if (prefix === '') errors.push('prefix part must be non-empty');
    else
      errors.push(
        ...isDns1123Subdomain(prefix).map(
          (message) => `prefix part ${message.replace(tooLong(SUBDOMAIN_MAX), tooManyBytes(SUBDOMAIN_MAX))}`,
        ),
      );
  } else if (parts.length > 2) {
    return [
      `a valid label key ${regexMessage(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        qualifiedName,
        'MyName',
        'my.name',
        '123-abc',
      )} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (name === '') errors.push('name part must be non-empty');
  else if (name.length > LABEL_MAX) errors.push(`name part ${tooManyBytes(LABEL_MAX)}`);
  if (!matches(qualifiedName, name)) {
    errors.push(
      `name part ${regexMessage(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        qualifiedName,
        'MyName',
        'my.name',
        '123-abc',
      )}`,
    );
  }
  return errors;
};

export const isLabelValue: NameRule = (value) => [
  ...(value.length > LABEL_MAX ? [tooManyBytes(LABEL_MAX)] : []),
  ...(matches(labelValue, value)
    ? []
    : [
        regexMessage(
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
          labelValue,
          'MyValue',
          'my_value',
          '12345',
        ),
      ]),
];

export const isEnvVarName: NameRule = (value) =>
  /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

/** Keys of ConfigMaps and Secrets: they become file names. */
export const isConfigMapKey: NameRule = (value) => [
  ...(value.length > SUBDOMAIN_MAX ? [tooLong(SUBDOMAIN_MAX)] : []),
  ...(matches(configMapKey, value)
    ? isNotDots(value)
    : [
        regexMessage(
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
          configMapKey,
          'key.name',
          'KEY_NAME',
          'key-name',
        ),
      ]),
];

/** Names of ports: at most 15 of `a-z0-9-`, a letter among them, no `--`. */
export const isPortName: NameRule = (value) => {
  const errors: string[] = [];
  if (value.length > 15) errors.push(tooLong(15));
  if (!/^[-a-z0-9]+$/.test(value))
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
};

export const isPortNumber = (value: number): readonly string[] =>
  Number.isInteger(value) && value >= 1 && value <= 65_535 ? [] : ['must be between 1 and 65535, inclusive'];

/** Names that appear as one segment of a path: roles and bindings may contain colons and capitals. */
export const isPathSegment: NameRule = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return [
    ...(value.includes('/') ? ["may not contain '/'"] : []),
    ...(value.includes('%') ? ["may not contain '%'"] : []),
  ];
};

function isNotDots(value: string): readonly string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  if (value.startsWith('..')) return ["must not start with '..'"];
  return [];
}
