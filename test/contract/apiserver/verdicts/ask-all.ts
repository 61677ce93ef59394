import type { BaseObject, Members, Part } from './base-object.ts';
import type { Judge, Verdict } from './judge.ts';
import { recordedOf, type RecordedVerdict, type RecordedVerdicts } from './recorded-verdict.ts';
import { variationsOf } from './variations.ts';

export const AT_ONCE = 8;

type Ask = (object: Members) => Promise<Verdict>;

/**
 * What a server says to an object and to everything that is made of it: as new objects, then in the place of the one that is there, then to its parts.
 */
export async function askAll(
  judge: Judge,
  base: BaseObject,
  parts: Readonly<Record<string, Part>> = {},
): Promise<RecordedVerdicts> {
  await judge.makeAll(base.needs ?? [], base.path);
  const create = await about(base.object, (object) => judge.created(base, object));
  if (base.isPosted) return { create };
  const there = { ...base, needs: [] };
  await judge.make(there);
  const update = await about(base.object, (object) => judge.updated(base, object));
  const found: Record<string, Readonly<Record<string, RecordedVerdict>>> = { create, update };
  for (const [name, part] of Object.entries(parts))
    found[`/${name}`] = await about(part.object, (object) => judge.partSent(base, name, part, object), part.under);
  await judge.remove(base);
  return found;
}

async function about(object: Members, ask: Ask, under?: string): Promise<Record<string, RecordedVerdict>> {
  const variations = [...variationsOf(object, under)];
  const first = await ask(object);
  const found: Record<string, RecordedVerdict> = { '': recordedOf(first, undefined) };
  for (let at = 0; at < variations.length; at += AT_ONCE) {
    const verdicts = await Promise.all(
      variations
        .slice(at, at + AT_ONCE)
        .map(async ({ name, object: one }) => [name, await ask(one as Members)] as const),
    );
    for (const [name, verdict] of verdicts) found[name] = recordedOf(verdict, first);
  }
  return found;
}

/** The variations of which two servers say something else, `create spec = {}`. */
export function differing(own: RecordedVerdicts, upstream: RecordedVerdicts): readonly string[] {
  return Object.entries(upstream).flatMap(([section, verdicts]) => {
    const keepsStatus = section === 'create' || section.startsWith('/');
    const shown = keepsStatus ? (verdict: RecordedVerdict | undefined) => verdict : withoutStatus;
    return Object.keys(verdicts)
      .filter((name) => !isSame(shown(own[section]?.[name]), shown(verdicts[name])))
      .map((name) => `${section} ${name}`);
  });
}

/** Of what is there the controllers of a whole control plane write the status, whenever they come to it; an API server alone has none. */
function withoutStatus(verdict: RecordedVerdict | undefined): RecordedVerdict | undefined {
  if (!verdict || !('accepted' in verdict)) return verdict;
  const fields = Object.entries(verdict.accepted).filter(([field]) => !/^status($|\.)/.test(field));
  return { ...verdict, accepted: Object.fromEntries(fields) };
}

function isSame(a: RecordedVerdict | undefined, b: RecordedVerdict | undefined): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
