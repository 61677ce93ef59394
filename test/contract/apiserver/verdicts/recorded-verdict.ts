import { isDeepStrictEqual } from 'node:util';
import type { Verdict } from './judge.ts';

/** How the verdict on a variation is kept: what became of the object, as far as that is not what became of the one it was made from; or why it is refused. */
export type RecordedVerdict =
  | { readonly accepted: Readonly<Record<string, unknown>>; readonly warnings?: readonly string[] }
  | { readonly refused: number; readonly reason: string; readonly causes: readonly string[] };

/** Verdicts on all variations of one kind by what was asked (`create`, `update`, `/status`) and the variation's name. `''` is the object as it is. */
export type RecordedVerdicts = Readonly<Record<string, Readonly<Record<string, RecordedVerdict>>>>;

/** Of a cause that shows a whole specification the beginning says enough. */
const MAX_CAUSE = 300;
/** Stands for what is not there. */
const ABSENT = 'absent';

/** `base` is what became of the object that the variation was made from; for that one itself `undefined`. */
export function recordedOf(verdict: Verdict, base: Verdict | undefined): RecordedVerdict {
  if (!('accepted' in verdict)) {
    const causes = verdict.causes.map((cause) => plainText(cause).slice(0, MAX_CAUSE)).sort();
    return { refused: verdict.refused, reason: verdict.reason, causes: causes.filter(isNew) };
  }
  const before = base && 'accepted' in base ? base.accepted : {};
  return { accepted: Object.fromEntries(differences(plain(before), plain(verdict.accepted), '')) };
}

/** Upstream checks metadata two or three times, and says so each time. */
function isNew(cause: string, at: number, causes: readonly string[]): boolean {
  return !cause.startsWith('metadata.') || causes.indexOf(cause) === at;
}

function* differences(before: unknown, after: unknown, at: string): Generator<readonly [string, unknown]> {
  if (isDeepStrictEqual(before, after)) return;
  if (!isObject(before) || !isObject(after)) {
    yield [at, after === undefined ? ABSENT : after];
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    yield* differences(before[key], after[key], at === '' ? key : `${at}.${key}`);
}

/** Without what is empty, which Go leaves out where it can; and with a word for what is made by chance or the clock. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'string') return plainText(value);
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, member]) => [key, portOf(key, plain(member))] as const);
  return Object.fromEntries(members.filter(([, member]) => !isEmpty(member)));
}

/** Ports that the test asks for are below or far above. What is not kept may have one that is just above those that there are. */
function portOf(key: string, value: unknown): unknown {
  const isGiven = value === 30_123 || value === 30_999 || Number(value) < 30_000 || Number(value) > 33_000;
  return /nodePort$/i.test(key) && !isGiven ? '(port)' : value;
}

function plainText(text: string): string {
  return (
    text
      .replaceAll(/x{300}/g, '(300 times x)')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '(uid)')
      .replaceAll(/(in record \(|in object meta: )\d+/g, '$1(revision)')
      .replaceAll(/20(?!26-01-01)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '(time)')
      // A patch that leaves no object is shown with all of what it leaves.
      .replaceAll(/^patch: Invalid value: "(?:[^"\\]|\\.)*": /g, 'patch: Invalid value: ')
      // Fields are managed from the beginning, or from the first server-side apply on.
      .replaceAll(/conflict with "(unknown|before-first-apply)"/g, 'conflict with (who made it)')
      .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '(token)')
      .replaceAll(/kube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-(suffix)')
  );
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
