import type { Retention } from './retention.ts';

/** How many bytes of a segment's file belong to each namespace's documents. */
export type NamespaceUsage = ReadonlyMap<string, number>;

/** One finished segment and what is in it. */
export interface UsedSegment<Ref> {
  readonly ref: Ref;
  readonly maxMs: number;
  readonly usage: NamespaceUsage;
}

export interface NamespaceTrim<Ref> {
  readonly ref: Ref;
  readonly namespaces: ReadonlySet<string>;
}

/**
 * Which namespaces' documents go from which segments: those whose newest document is older than the namespace keeps, then the oldest until what the namespace
 * has fits its bytes. Documents that are not in a finished segment yet are not looked at, so a namespace may keep up to a segment more than its bounds say.
 */
export function namespacesToTrim<Ref>(
  segments: readonly UsedSegment<Ref>[],
  bounds: ReadonlyMap<string, Retention>,
  nowMs: number,
): NamespaceTrim<Ref>[] {
  const gone = new Map<UsedSegment<Ref>, Set<string>>();
  const oldestFirst = [...segments].sort((a, b) => a.maxMs - b.maxMs);
  for (const [namespace, { maxAgeMs, maxBytes }] of bounds) {
    let bytes = segments.reduce((sum, { usage }) => sum + (usage.get(namespace) ?? 0), 0);
    for (const segment of oldestFirst) {
      const own = segment.usage.get(namespace) ?? 0;
      if (own === 0) continue;
      if (segment.maxMs >= nowMs - maxAgeMs && bytes <= maxBytes) break;
      const names = gone.get(segment) ?? new Set<string>();
      gone.set(segment, names.add(namespace));
      bytes -= own;
    }
  }
  return [...gone].map(([{ ref }, namespaces]) => ({ ref, namespaces }));
}
