import type { PathParams } from './route.ts';

interface Pattern<T> {
  readonly segments: readonly string[];
  readonly value: T;
}

/** Longer paths are nobody's. */
const MAX_PATH = 4096;

/** Finds what was registered for a path: `{name}` takes one non-empty segment, decoded. The first registered wins. */
export class PathTable<T> {
  readonly #patterns: Pattern<T>[] = [];

  add(path: string, value: T): void {
    this.#patterns.push({ segments: path.split('/').slice(1), value });
  }

  /** All that match, in order of registration. */
  find(path: string): readonly { readonly value: T; readonly params: PathParams }[] {
    if (path.length > MAX_PATH) return [];
    const segments = path.split('/').slice(1);
    const found: { value: T; params: PathParams }[] = [];
    for (const pattern of this.#patterns) {
      const params = match(pattern.segments, segments);
      if (params) found.push({ value: pattern.value, params });
    }
    return found;
  }
}

function match(pattern: readonly string[], segments: readonly string[]): PathParams | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, expected] of pattern.entries()) {
    const actual = segments[at] ?? '';
    if (!expected.startsWith('{')) {
      if (expected !== actual) return undefined;
      continue;
    }
    const value = decode(actual);
    if (value === undefined || value === '') return undefined;
    params[expected.slice(1, -1)] = value;
  }
  return params;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
