import type { Clock } from '../../../lib/clock.ts';
import { messageOf } from '../../../lib/errors.ts';
import type { Batch } from '../../buffer/batch.ts';
import type { BatchOutcome, RefusedItem } from '../sink.ts';
import { backOffMs } from './back-off.ts';
import type { OutputHealth } from './output-health.ts';
import type { Verdict } from './verdict.ts';

/** How one kind of output is spoken to. */
export interface Protocol {
  /** The body of a request with these items, in this order; all of the batch when `undefined`. */
  encode(batch: Batch, items: readonly number[] | undefined): Buffer | Promise<Buffer>;
  /** One attempt at `count` items. Rejects when there was no answer. */
  attempt(body: Buffer, count: number, signal: AbortSignal): Promise<Attempt>;
}

export interface Attempt {
  readonly verdict: Verdict;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number | undefined;
}

export interface Delivery {
  readonly protocol: Protocol;
  readonly health: OutputHealth;
  readonly clock: Clock;
  readonly random: () => number;
}

interface Tally {
  duplicates: number;
  rejected: number;
  readonly refused: RefusedItem[];
  retries: Uint32Array | undefined;
}

/** Sends a batch until every item is taken or refused for good; rejects only when `signal` aborts. */
export async function deliver(delivery: Delivery, batch: Batch, signal: AbortSignal): Promise<BatchOutcome> {
  const tally: Tally = { duplicates: 0, rejected: 0, refused: [], retries: undefined };
  await deliverItems(delivery, batch, undefined, tally, signal);
  return tally;
}

/** Some items of a batch (all when `undefined`), until none is left. */
async function deliverItems(
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
    let again: readonly number[] | undefined;
    if (verdict.kind === 'taken') {
      health.succeeded();
      return;
    }
    if (verdict.kind === 'partly-rejected') {
      health.succeeded();
      tally.rejected += verdict.count;
      return;
    }
    if (verdict.kind === 'split') {
      health.succeeded();
      const all = items ?? batch.allItems();
      if (all.length <= 1) {
        for (const n of all) refuse(tally, batch, n, { ...verdict, type: 'request_refused' });
        return;
      }
      const half = Math.ceil(all.length / 2);
      await deliverItems(delivery, batch, all.slice(0, half), tally, signal);
      await deliverItems(delivery, batch, all.slice(half), tally, signal);
      return;
    }
    if (verdict.kind === 'items') {
      const retried = judgeItems(batch, items, verdict.items, tally);
      if (retried.items.length === 0) {
        health.succeeded();
        return;
      }
      health.failed(retried.reason);
      // Progress starts the back-off anew: the server takes some, so it is worth asking soon.
      if (retried.items.length < verdict.items.length) attempt = 0;
      again = retried.items;
    } else {
      health.failed(verdict.reason);
      again = items;
    }
    countRetries(tally, batch.count, again);
    await clock.sleep(backOffMs(attempt + 1, random(), retryAfterMs), signal);
    if (again !== items) {
      items = again;
      body = await protocol.encode(batch, items);
    }
  }
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
    else if (verdict.kind === 'refused') refuse(tally, batch, number, verdict);
    else if (verdict.kind === 'retry') {
      again.push(number);
      reason = verdict.reason;
    }
  });
  return { items: again, reason };
}

function refuse(tally: Tally, batch: Batch, n: number, why: Omit<RefusedItem, 'item'>): void {
  const { status, type, reason } = why;
  // A copy: the batch's memory is used again before the dead letter is sent.
  tally.refused.push({ item: Buffer.from(batch.item(n)), status, type, reason });
}

function countRetries(tally: Tally, count: number, items: readonly number[] | undefined): void {
  const retries = (tally.retries ??= new Uint32Array(count));
  if (items === undefined) for (let n = 0; n < count; n++) retries[n] = (retries[n] ?? 0) + 1;
  else for (const n of items) retries[n] = (retries[n] ?? 0) + 1;
}
