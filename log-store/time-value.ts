import { badRequest } from './engine/store-error.ts';
import { textOf } from './text-of.ts';

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a time such as `30s`, as Elasticsearch writes them. Throws a 400 that names `setting`. */
export function timeValueMs(value: unknown, setting: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(textOf(value));
  if (!match) {
    throw badRequest(
      `failed to parse setting [${setting}] with value [${textOf(value)}] as a time value: unit is missing or unrecognized`,
    );
  }
  return Number(match[1]) * (unitsMs[match[2] ?? ''] ?? 0);
}
