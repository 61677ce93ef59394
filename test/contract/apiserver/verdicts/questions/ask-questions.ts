import type { ApiAnswer } from '../../../conformance/api-client.ts';
import type { BaseObject } from '../base-object.ts';
import { answeredOf, verdictOf, type Judge, type Verdict } from '../judge.ts';
import { recordedOf, type RecordedVerdict } from '../recorded-verdict.ts';
import type { Questions } from './question.ts';

const AT_ONCE = 8;

/** What a server answers to each. */
export async function askQuestions(
  judge: Judge,
  { objects, asked, keeps }: Questions,
): Promise<Readonly<Record<string, RecordedVerdict>>> {
  for (const object of objects) await judge.make(object);
  const found: Record<string, RecordedVerdict> = {};
  const before = keeps === 'names' ? undefined : await judge.found(keeps.changesOf);
  const entries = Object.entries(asked);
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const answers = await Promise.all(
      entries.slice(at, at + AT_ONCE).map(async ([name, question]) => [name, await judge.asked(question)] as const),
    );
    for (const [name, answer] of answers) found[name] = answerOf(answer, before);
  }
  await removeAll(judge, objects);
  return found;
}

async function removeAll(judge: Judge, objects: readonly BaseObject[]): Promise<void> {
  for (const object of objects.toReversed()) await judge.remove(object);
}

function answerOf(answer: ApiAnswer | undefined, before: Verdict | undefined): RecordedVerdict {
  const warnings = warningsIn(answer);
  const recorded = before
    ? recordedOf(verdictOf(answeredOf(answer)), before)
    : (namesIn(answer) ?? recordedOf(verdictOf(answeredOf(answer)), undefined));
  return warnings.length === 0 ? recorded : { ...recorded, warnings };
}

interface Listed {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly items?: readonly Listed[];
}

interface Event {
  readonly type: string;
  readonly object: Listed & { readonly code?: number; readonly message?: string };
}

function namesIn(answer: ApiAnswer | undefined): RecordedVerdict | undefined {
  if (!answer || answer.status >= 300) return undefined;
  if (answer.text.startsWith('{"type"') || answer.text === '') {
    const lines = answer.text.split('\n').filter((line) => line !== '');
    const events = lines.map((line) => JSON.parse(line) as Event);
    return {
      accepted: {
        events: events.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.message ?? ''}`),
      },
    };
  }
  const { items, metadata, kind } = answer.json<Listed>();
  if (!items) return { accepted: { kind, name: metadata?.name } };
  const { continue: next, remainingItemCount } = metadata ?? {};
  return {
    accepted: {
      names: items.map((item) => item.metadata?.name ?? ''),
      ...(next ? { continues: true, remainingItemCount } : {}),
    },
  };
}

function warningsIn(answer: ApiAnswer | undefined): readonly string[] {
  const { warning } = answer?.headers ?? {};
  const text = Array.isArray(warning) ? warning.join(', ') : (warning ?? '');
  return [...text.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, said = '']) => said.replaceAll(/\\(.)/g, '$1'));
}
