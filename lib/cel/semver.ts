import type { Environment } from '@marcbachmann/cel-js';

/** A version as semver.org describes it. What it was built from (`+…`) does not order it. */
class Semver {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint];
  readonly prerelease: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  compare(other: Semver): number {
    for (const [at, number] of this.numbers.entries()) {
      const than = other.numbers[at] ?? 0n;
      if (number !== than) return number < than ? -1 : 1;
    }
    return comparePrereleases(this.prerelease, other.prerelease);
  }

  equals(other: unknown): boolean {
    return other instanceof Semver && this.compare(other) === 0;
  }
}

/** `semver`, `isSemver`, `major`, `minor`, `patch` and comparison. */
export function addSemverFunctions(environment: Environment): void {
  const type = 'kubernetes.Semver';
  environment
    .registerType(type, Semver)
    .registerFunction(`semver(string): ${type}`, (text: string) => parseSemver(text))
    .registerFunction(`semver(string, bool): ${type}`, parse)
    .registerFunction('isSemver(string): bool', (text: string) => isSemver(text, false))
    .registerFunction('isSemver(string, bool): bool', isSemver)
    .registerFunction(`${type}.major(): int`, ({ numbers }: Semver) => numbers[0])
    .registerFunction(`${type}.minor(): int`, ({ numbers }: Semver) => numbers[1])
    .registerFunction(`${type}.patch(): int`, ({ numbers }: Semver) => numbers[2])
    .registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: Semver, b: Semver) => a.compare(b) > 0)
    .registerFunction(`${type}.isLessThan(${type}): bool`, (a: Semver, b: Semver) => a.compare(b) < 0)
    .registerFunction(`${type}.compareTo(${type}): int`, (a: Semver, b: Semver) => BigInt(a.compare(b)))
    .registerOperator(`${type} == ${type}`, (a: Semver, b: Semver) => a.equals(b));
}

function parse(text: string, normalizes: boolean): Semver {
  return parseSemver(normalizes ? normalized(text) : text);
}

function isSemver(text: string, normalizes: boolean): boolean {
  try {
    parse(text, normalizes);
    return true;
  } catch {
    return false;
  }
}

function parseSemver(text: string): Semver {
  if (text === '') throw new Error('Version string empty');
  const [major, minor, ...rest] = text.split('.');
  if (major === undefined || minor === undefined || rest.length === 0)
    throw new Error('No Major.Minor.Patch elements found');
  const [last, build] = cut(rest.join('.'), '+');
  const [patch, prerelease] = cut(last, '-');
  const numbers = [number(major, 'major'), number(minor, 'minor'), number(patch, 'patch')] as const;
  for (const part of build?.split('.') ?? []) {
    if (part === '') throw new Error('Build meta data is empty');
    if (!isWord(part)) throw new Error(`Invalid character(s) found in build meta data ${JSON.stringify(part)}`);
  }
  const words = prerelease?.split('.') ?? [];
  for (const word of words) {
    if (word === '') throw new Error('Prerelease is empty');
    if (isDigits(word) && hasLeadingZero(word))
      throw new Error(`Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(word)}`);
    if (!isWord(word)) throw new Error(`Invalid character(s) found in prerelease ${JSON.stringify(word)}`);
  }
  return new Semver(numbers, words);
}

function number(text: string, name: string): bigint {
  const shown = JSON.stringify(text);
  if (!isDigits(text)) throw new Error(`Invalid character(s) found in ${name} number ${shown}`);
  if (hasLeadingZero(text))
    throw new Error(`${name.charAt(0).toUpperCase()}${name.slice(1)} number must not contain leading zeroes ${shown}`);
  const value = BigInt(text.length > 20 ? -1 : text);
  if (value < 0n || value > 0xffff_ffff_ffff_ffffn)
    throw new Error(`strconv.ParseUint: parsing ${shown}: value out of range`);
  return value;
}

/** Without a `v` before it and zeros before numbers, with the numbers that are missing. */
function normalized(text: string): string {
  const [major = '', minor, ...rest] = text.replace(/^v/, '').split('.');
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(rest.length > 0 ? [rest.join('.')] : [])];
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? ''))
    throw new Error('short version cannot contain PreRelease/Build meta data');
  while (parts.length < 3) parts.push('0');
  return parts.map((part) => part.replace(/^0+(?=\d)/, '')).join('.');
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length);
  for (const [at, word] of a.entries()) {
    const than = b[at];
    if (than === undefined) return 1;
    const order = compareWords(word, than);
    if (order !== 0) return order;
  }
  return a.length < b.length ? -1 : 0;
}

/** Numbers come before words. */
function compareWords(a: string, b: string): number {
  if (a === b) return 0;
  if (isDigits(a) && isDigits(b)) return BigInt(a) < BigInt(b) ? -1 : 1;
  if (isDigits(a) !== isDigits(b)) return isDigits(a) ? -1 : 1;
  return a < b ? -1 : 1;
}

function cut(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function isDigits(text: string): boolean {
  return /^\d+$/.test(text);
}

function hasLeadingZero(text: string): boolean {
  return text.length > 1 && text.startsWith('0');
}

function isWord(text: string): boolean {
  return /^[0-9A-Za-z-]+$/.test(text);
}
