import { messageOf } from '../../../lib/errors.ts';
import type { Batch } from '../../buffer/batch.ts';
import type { RefusedItem } from '../sink.ts';
import { backOffMs } from './back-off.ts';
import { deadLetterBatch } from './dead-letters.ts';
import type { Delivery } from './delivery.ts';
import type { Attempt, Protocol } from './protocol.ts';
import type { Verdict } from './verdict.ts';

/** A refused item and its number in the batch. */
export interface NumberedRefusal extends RefusedItem {
  readonly number: number;
}

/** What has become of the items of one batch so far. */
export interface Tally {
  duplicates: number;
  rejected: number;
  readonly refused: NumberedRefusal[];
  retries: Uint32Array | undefined;
  /** The output has taken some request of this batch: one that it refuses is refused for what is in it. */
  isProven: boolean;
}

export function newTally(): Tally {
  return { duplicates: 0, rejected: 0, refused: [], retries: undefined, isProven: false };
}

/** The output refuses each request as a whole, even a harmless one. */
export class RefusesEverything extends Error {}

/** Some items of a batch (all when `undefined`), until each is taken or refused for good. */
export async function deliverItems(
  delivery: Delivery,
  batch: Batch,
  first: readonly number[] | undefined,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const { protocol, health, clock, random } = delivery;
  let items = first;
  let body = await protocol.encode(batch, items);
  for (let attempt = 0; ; attempt++) {
    const { verdict, retryAfterMs } = await attemptOnce(protocol, body, items?.length ?? batch.count, signal);
    if (verdict.kind === 'taken' || verdict.kind === 'partly-rejected') {
      tally.isProven = true;
      health.succeeded();
      tally.rejected += verdict.kind === 'taken' ? 0 : verdict.count;
      return;
    }
    if (verdict.kind === 'split') {
      await split(delivery, batch, items ?? batch.allItems(), verdict, tally, signal);
      return;
    }
    let again = items;
    if (verdict.kind === 'items') {
      tally.isProven = true;
      const retried = judgeItems(batch, items, verdict.items, tally);
      if (retried.items.length === 0) {
        health.succeeded();
        return;
      }
      health.failed(retried.reason);
      // Progress starts the back-off anew: the server takes some, so it is worth asking soon.
      if (retried.items.length < verdict.items.length) attempt = 0;
      again = retried.items;
    } else health.failed(verdict.reason);
    countRetries(tally, batch.count, again);
    await clock.sleep(backOffMs(attempt + 1, random(), retryAfterMs), signal);
    if (again === items) continue;
    items = again;
    body = await protocol.encode(batch, items);
  }
}

/** Halves what was refused as a whole, until the item that is to blame is alone. */
async function split(
  delivery: Delivery,
  batch: Batch,
  items: readonly number[],
  verdict: Extract<Verdict, { kind: 'split' }>,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const [only] = items;
  if (items.length > 1) {
    const half = Math.ceil(items.length / 2);
    await deliverItems(delivery, batch, items.slice(0, half), tally, signal);
    await deliverItems(delivery, batch, items.slice(half), tally, signal);
    return;
  }
  if (only === undefined) return;
  const refusal = refusalOf(batch, only, { ...verdict, type: 'request_refused' });
  tally.isProven ||= await takesDeadLetter(delivery, refusal, signal);
  if (!tally.isProven) {
    throw new RefusesEverything(`status ${verdict.status} to every request: ${verdict.reason}`);
  }
  delivery.health.succeeded();
  tally.refused.push(refusal);
}

/** Whether the output takes a request with nothing but an item's dead letter, which is sent anyway. */
async function takesDeadLetter(delivery: Delivery, refusal: RefusedItem, signal: AbortSignal): Promise<boolean> {
  const { protocol, clock, clusterName } = delivery;
  for (const cut of [false, true]) {
    const body = await protocol.encode(deadLetterBatch([refusal], clock.now(), clusterName, cut), undefined);
    const { verdict } = await attemptOnce(protocol, body, 1, signal);
    if (verdict.kind !== 'split') return verdict.kind !== 'retry';
  }
  return false;
}

async function attemptOnce(protocol: Protocol, body: Buffer, count: number, signal: AbortSignal): Promise<Attempt> {
  try {
    return await protocol.attempt(body, count, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { verdict: { kind: 'retry', reason: messageOf(error) }, retryAfterMs: undefined };
  }
}

/** Counts what is settled; returns what is to be sent again and why. */
function judgeItems(
  batch: Batch,
  items: readonly number[] | undefined,
  verdicts: Extract<Verdict, { kind: 'items' }>['items'],
  tally: Tally,
): { readonly items: readonly number[]; readonly reason: string } {
  const again: number[] = [];
  let reason = '';
  verdicts.forEach((verdict, n) => {
    const number = items === undefined ? n : (items[n] ?? 0);
    if (verdict.kind === 'duplicate') tally.duplicates++;
    else if (verdict.kind === 'refused') tally.refused.push(refusalOf(batch, number, verdict));
    else if (verdict.kind === 'retry') {
      again.push(number);
      reason = verdict.reason;
    }
  });
  return { items: again, reason };
}

function refusalOf(batch: Batch, number: number, why: Omit<RefusedItem, 'item'>): NumberedRefusal {
  const { status, type, reason } = why;
  // A copy: who counts refusals may do so when the batch's memory is used again.
  return { number, item: Buffer.from(batch.item(number)), status, type, reason };
}

function countRetries(tally: Tally, count: number, items: readonly number[] | undefined): void {
  const retries = (tally.retries ??= new Uint32Array(count));
  if (items === undefined) for (let n = 0; n < count; n++) retries[n] = (retries[n] ?? 0) + 1;
  else for (const n of items) retries[n] = (retries[n] ?? 0) + 1;
}
