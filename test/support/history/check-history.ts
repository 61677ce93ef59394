import type { Attempt, History, Read, SeenEvent, Span } from './history.ts';

/** That an object had a value at a revision, by whoever tells it. */
interface Fact {
  readonly name: string;
  readonly revision: number;
  readonly value: string;
}

/**
 * Everything in a history that a store of one order of writes could not have done, as sentences; none when all is well. What is checked: revisions strictly
 * increase; what one watcher was told, all were who watched then; every acknowledged write is told at its revision; what is told has one write, what was
 * refused did not happen; nothing happened between a write and the revision that it names as its condition; who starts after an answer comes after it; a read
 * shows no less than was acknowledged before it began; who selects is told what enters, changes in and leaves the selection; the list at the end is
 * the last that is known of each object.
 */
export function checkHistory(history: History): readonly string[] {
  const watchers = Object.entries(history.watchers);
  const events = unionOf(watchers.flatMap(([, spans]) => spans.flatMap((span) => span.events)));
  const facts = factsOf(history, events);
  return [
    ...watchers.flatMap(([watcher, spans]) => spans.flatMap((span) => wellFormed(watcher, span))),
    ...watchers.flatMap(([watcher, spans]) =>
      spans.flatMap((span) => complete(watcher, span, events, history.attempts)),
    ),
    ...oneWriteEach(history.attempts, facts),
    ...conditions(history.attempts, events, facts),
    ...answersBeforeStarts(history.attempts),
    ...history.reads.flatMap((read) => fresh(read, history.attempts)),
    ...history.selecting.flatMap(({ color, events: seen }) =>
      same(`the watcher of ${color}`, seen, selected(events, color)),
    ),
    ...lastKnown(history, facts),
  ];
}

/** Of all watchers, in order. Where they disagree both are in it, and `complete` says so. */
function unionOf(events: readonly SeenEvent[]): readonly SeenEvent[] {
  return [...new Map(events.map((event) => [textOf(event), event])).values()].toSorted(
    (a, b) => a.revision - b.revision,
  );
}

function textOf({ type, name, revision, value, uid }: SeenEvent): string {
  return [type, name, revision, value, uid].join(' ');
}

function factsOf(history: History, events: readonly SeenEvent[]): readonly Fact[] {
  const facts = new Map<string, Fact>();
  const add = (name: string, revision: number | undefined, value: string | undefined) => {
    if (revision !== undefined && value !== undefined)
      facts.set(`${name} ${revision} ${value}`, { name, revision, value });
  };
  for (const event of events) if (event.type !== 'DELETED') add(event.name, event.revision, event.value);
  for (const { name, revision, value } of [...history.attempts, ...history.reads, ...history.final])
    add(name, revision, value);
  return [...facts.values()].toSorted((a, b) => a.revision - b.revision);
}

/** In order, and each object is added, changed as the same one, deleted; then it may be added again as another. */
function wellFormed(watcher: string, { events }: Span): string[] {
  const wrong: string[] = [];
  const there = new Map<string, string | undefined>();
  let last = 0;
  for (const event of events) {
    const text = `${watcher} saw ${event.type} of ${event.name} at ${event.revision}`;
    if (event.revision <= last) wrong.push(`${text} after revision ${last}`);
    last = event.revision;
    const known = there.has(event.name);
    const uid = there.get(event.name);
    if (event.type === 'ADDED' && uid !== undefined) wrong.push(`${text}: it was there`);
    if (event.type !== 'ADDED' && known && uid !== event.uid)
      wrong.push(`${text}: ${uid === undefined ? 'it was not there' : 'it was another'}`);
    there.set(event.name, event.type === 'DELETED' ? undefined : event.uid);
  }
  return wrong;
}

/** A watcher is told all that happened while it watched: what others were told and what was acknowledged. */
function complete(watcher: string, span: Span, all: readonly SeenEvent[], attempts: readonly Attempt[]): string[] {
  const within = ({ revision = -1 }: { readonly revision?: number | undefined }) =>
    revision > span.after && revision <= span.upTo;
  const values = new Set(span.events.map(({ value }) => value));
  return [
    ...same(watcher, span.events, all.filter(within)),
    ...attempts
      .filter((attempt) => within(attempt) && !values.has(attempt.value ?? ''))
      .map(({ value, revision }) => `${watcher} was not told of ${value}, acknowledged at ${revision}`),
  ];
}

function same(who: string, seen: readonly SeenEvent[], wanted: readonly SeenEvent[]): string[] {
  const [has, should] = [new Set(seen.map(textOf)), new Set(wanted.map(textOf))];
  return [
    ...[...should].filter((text) => !has.has(text)).map((text) => `${who} missed: ${text}`),
    ...[...has].filter((text) => !should.has(text)).map((text) => `${who} alone saw: ${text}`),
    ...(seen.length === has.size ? [] : [`${who} saw ${seen.length - has.size} events twice`]),
  ];
}

function oneWriteEach(attempts: readonly Attempt[], facts: readonly Fact[]): string[] {
  const wrong: string[] = [];
  const writes = new Map(attempts.map((attempt) => [`${attempt.name} ${attempt.value}`, attempt]));
  const seen = new Map<string, Fact>();
  const atRevision = new Map<number, Fact>();
  for (const fact of facts) {
    const { name, value, revision } = fact;
    const write = writes.get(`${name} ${value}`);
    if (!write) wrong.push(`nobody wrote ${value} to ${name}, where it was at ${revision}`);
    if (write?.outcome === 'refused') wrong.push(`${value} was refused, and happened at ${revision}`);
    const before = seen.get(value);
    if (before) wrong.push(`${value} happened at ${before.revision} and at ${revision}`);
    const other = atRevision.get(revision);
    if (other) wrong.push(`${revision} is the revision of ${other.value} and of ${value}`);
    seen.set(value, fact);
    atRevision.set(revision, fact);
  }
  return wrong;
}

/** Nothing happened to an object between a write and the revision that it names, and no two writes follow the same. */
function conditions(attempts: readonly Attempt[], events: readonly SeenEvent[], facts: readonly Fact[]): string[] {
  const wrong: string[] = [];
  const revisionOf = new Map(facts.map(({ value, revision }) => [value, revision]));
  const byName = Map.groupBy(facts, ({ name }) => name);
  const follower = new Map<string, string>();
  for (const attempt of attempts) {
    const { kind, name, base, value = '', outcome } = attempt;
    if (kind === 'create' || base === undefined) continue;
    const revision = kind === 'update' ? revisionOf.get(value) : outcome === 'acknowledged' ? Infinity : undefined;
    if (revision === undefined) continue;
    const what = kind === 'update' ? value : `a deletion by ${attempt.client}`;
    if (kind === 'update') {
      const between = byName.get(name)?.find((fact) => fact.revision > base && fact.revision < revision);
      if (between)
        wrong.push(`${what} was written upon ${base}, although ${between.value} was there at ${between.revision}`);
    }
    const place = `${name} at ${base}`;
    const other = follower.get(place);
    if (other) wrong.push(`both ${other} and ${what} follow upon ${place}`);
    follower.set(place, what);
  }
  for (const event of events) {
    if (event.type !== 'DELETED') continue;
    const base = revisionOf.get(event.value);
    const asked = attempts.some(
      (attempt) =>
        attempt.kind === 'delete' &&
        attempt.outcome !== 'refused' &&
        attempt.name === event.name &&
        attempt.base === base,
    );
    if (!asked) wrong.push(`nobody deleted ${event.name} of ${base}, which was gone at ${event.revision}`);
  }
  return wrong;
}

/** A write that began after the answer to another has the higher revision. */
function answersBeforeStarts(attempts: readonly Attempt[]): string[] {
  const wrong: string[] = [];
  const done = attempts.filter((attempt) => attempt.revision !== undefined);
  const byEnd = done.toSorted((a, b) => a.endedMs - b.endedMs);
  let next = 0;
  let highest: Attempt | undefined;
  for (const attempt of done.toSorted((a, b) => a.startedMs - b.startedMs)) {
    for (let ended = byEnd[next]; ended && ended.endedMs < attempt.startedMs; ended = byEnd[++next])
      if ((ended.revision ?? 0) > (highest?.revision ?? 0)) highest = ended;
    if (highest && (attempt.revision ?? 0) <= (highest.revision ?? 0))
      wrong.push(
        `${attempt.value} at ${attempt.revision} began after the answer to ${highest.value} at ${highest.revision}`,
      );
  }
  return wrong;
}

/** A read shows nothing older than what was acknowledged of that object before the read began. */
function fresh(read: Read, attempts: readonly Attempt[]): string[] {
  const who = `${read.client} read ${read.name}`;
  const ours = attempts.filter(({ name }) => name === read.name);
  const known = ours
    .filter(({ endedMs }) => endedMs < read.startedMs)
    .reduce((highest, { revision = 0 }) => Math.max(highest, revision), 0);
  if (read.revision !== undefined)
    return read.revision < known ? [`${who} at ${read.revision}, although ${known} was acknowledged before`] : [];
  const wasDeleted = ours.some(
    ({ kind, outcome, base = 0, startedMs }) =>
      kind === 'delete' && outcome !== 'refused' && base >= known && startedMs < read.endedMs,
  );
  return known === 0 || wasDeleted ? [] : [`${who}: absent, although ${known} was acknowledged before`];
}

/** What a watcher of one color must see: an object that takes the color on is added, one that loses it deleted as it was. */
function selected(events: readonly SeenEvent[], color: string): readonly SeenEvent[] {
  const inside = new Map<string, SeenEvent>();
  return events.flatMap((event): SeenEvent[] => {
    const was = inside.get(event.name);
    if (event.type !== 'DELETED' && event.color === color) {
      inside.set(event.name, event);
      return [{ ...event, type: was ? 'MODIFIED' : 'ADDED' }];
    }
    inside.delete(event.name);
    return was ? [{ ...was, type: 'DELETED', revision: event.revision }] : [];
  });
}

function lastKnown({ final, attempts }: History, facts: readonly Fact[]): string[] {
  const wrong: string[] = [];
  const listed = new Map(final.map((state) => [state.name, state.revision]));
  for (const [name, known] of Map.groupBy(facts, (fact) => fact.name)) {
    const last = known.at(-1)?.revision ?? 0;
    const wasDeleted = attempts.some(
      (attempt) =>
        attempt.kind === 'delete' && attempt.outcome !== 'refused' && attempt.name === name && attempt.base === last,
    );
    const end = listed.get(name);
    if (end === undefined && !wasDeleted) wrong.push(`the list at the end lacks ${name}, known at ${last}`);
    if (end !== undefined && end !== last) wrong.push(`the list at the end has ${name} at ${end}, known at ${last}`);
  }
  return wrong;
}
