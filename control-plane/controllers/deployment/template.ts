import type { PodTemplateSpec } from '../../../lib/kube/types.ts';

/** The label that tells the pods of one revision from those of another. */
export const templateHashLabel = 'pod-template-hash';

/** No vowels and no look-alikes, so that a hash neither spells a word nor is misread. Upstream's alphabet. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A text that is equal for templates that mean the same: members in order, and what is absent, null, an empty list, or an empty set of labels or annotations
 * left out. Empty objects elsewhere stay, for `emptyDir: {}` is not the same as nothing.
 */
function canonicalJSON(value: unknown): string {
  return JSON.stringify(value, (name, member: unknown) => {
    if (member === null || (Array.isArray(member) && member.length === 0)) return undefined;
    if (typeof member !== 'object' || Array.isArray(member)) return member;
    const entries = Object.entries(member as Record<string, unknown>);
    if (entries.length === 0 && (name === 'labels' || name === 'annotations')) return undefined;
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The template without the label that the controller itself put on. */
export function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [templateHashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** Whether two templates make the same pods. */
export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return a !== undefined && b !== undefined && canonicalJSON(withoutHash(a)) === canonicalJSON(withoutHash(b));
}

/** Names a revision: FNV-1a over the canonical template and the number of collisions so far, in a safe alphabet. */
export function templateHash(template: PodTemplateSpec, collisionCount = 0): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(canonicalJSON(withoutHash(template)) + String(collisionCount))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return String(hash).replaceAll(/\d/g, (digit) => alphabet.charAt((digit.codePointAt(0) ?? 0) % alphabet.length));
}
