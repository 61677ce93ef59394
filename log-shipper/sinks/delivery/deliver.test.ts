import { expect, test } from 'vitest';
import { FakeClock } from '../../../lib/clock.ts';
import { silentLog } from '../../../lib/log.ts';
import { Batch } from '../../buffer/batch.ts';
import type { BatchOutcome } from '../sink.ts';
import { deliver, type Attempt, type Protocol } from './deliver.ts';
import { OutputHealth } from './output-health.ts';
import type { ItemVerdict, Verdict } from './verdict.ts';

function batchOf(...items: readonly string[]): Batch {
  const batch = new Batch();
  for (const item of items) {
    batch.beginItem(item.length);
    batch.length += batch.bytes.write(item, batch.length);
  }
  return batch;
}

/** A server whose items are single letters; remembers every request. */
class Letters implements Protocol {
  readonly requests: string[] = [];
  readonly #answer: (letters: string, request: number) => Verdict | Error;
  retryAfterMs: number | undefined;

  constructor(answer: (letters: string, request: number) => Verdict | Error) {
    this.#answer = answer;
  }

  encode(batch: Batch, items: readonly number[] | undefined): Buffer {
    return items === undefined ? Buffer.from(batch.body) : Buffer.concat(items.map((n) => batch.item(n)));
  }

  attempt(body: Buffer): Promise<Attempt> {
    const letters = body.toString();
    this.requests.push(letters);
    const verdict = this.#answer(letters, this.requests.length);
    if (verdict instanceof Error) return Promise.reject(verdict);
    return Promise.resolve({ verdict, retryAfterMs: this.retryAfterMs });
  }
}

interface Run {
  readonly outcome: Promise<BatchOutcome>;
  readonly health: OutputHealth;
  readonly clock: FakeClock;
}

function run(protocol: Protocol, batch: Batch, signal = new AbortController().signal): Run {
  const clock = new FakeClock();
  const health = new OutputHealth(silentLog);
  const outcome = deliver({ protocol, health, clock, random: () => 1 }, batch, signal);
  return { outcome, health, clock };
}

const taken: Verdict = { kind: 'taken' };
const retry: Verdict = { kind: 'retry', reason: 'status 503: busy' };

test('only what has to be sent again is sent again, and what is refused is kept with its reason', async () => {
  const byLetter: Readonly<Record<string, ItemVerdict>> = {
    a: { kind: 'taken' },
    b: { kind: 'retry', reason: 'full' },
    c: { kind: 'refused', status: 400, type: 'mapper', reason: 'no number' },
    d: { kind: 'duplicate' },
  };
  const server = new Letters((letters, request) =>
    request === 1
      ? { kind: 'items', items: letters.split('').map((letter) => byLetter[letter] ?? { kind: 'taken' }) }
      : taken,
  );
  const { outcome, health, clock } = run(server, batchOf('a', 'b', 'c', 'd'));
  await clock.advance(0);
  expect(health.lastError).toBe('full');
  await clock.advance(50);
  expect(await outcome).toEqual({
    duplicates: 1,
    rejected: 0,
    refused: [{ item: Buffer.from('c'), status: 400, type: 'mapper', reason: 'no number' }],
    retries: new Uint32Array([0, 1, 0, 0]),
  });
  expect(server.requests).toEqual(['abcd', 'b']);
  expect(health.lastError).toBeUndefined();
});

test('a request that is refused as a whole is halved until the guilty item is alone; the others pass', async () => {
  const server = new Letters((letters) =>
    letters.includes('x') ? { kind: 'split', status: 413, reason: 'too large' } : taken,
  );
  const { outcome } = run(server, batchOf('a', 'b', 'x', 'c', 'd'));
  expect((await outcome).refused).toEqual([
    { item: Buffer.from('x'), status: 413, type: 'request_refused', reason: 'too large' },
  ]);
  const passed = server.requests.filter((letters) => !letters.includes('x')).join('');
  expect(passed.split('').sort().join('')).toBe('abcd');
});

test('back-off doubles up to five seconds, and a server that asks for more gets it', async () => {
  const server = new Letters((_, request) => (request < 12 ? new Error('connection refused') : taken));
  const { outcome, health, clock } = run(server, batchOf('a'));
  const delays = [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000];
  for (const [n, delay] of delays.entries()) {
    await clock.advance(delay - 1);
    expect(server.requests).toHaveLength(n + 1);
    await clock.advance(1);
    expect(server.requests).toHaveLength(n + 2);
  }
  expect(health.lastError).toBe('connection refused');
  await clock.advance(10_000);
  await outcome;

  const polite = new Letters((_, request) => (request === 1 ? retry : taken));
  polite.retryAfterMs = 30_000;
  const second = run(polite, batchOf('a'));
  await second.clock.advance(29_999);
  expect(polite.requests).toHaveLength(1);
  await second.clock.advance(1);
  await second.outcome;
});

test('what a server rejects without saying which is counted and not sent again', async () => {
  const server = new Letters(() => ({ kind: 'partly-rejected', count: 2, reason: 'too old' }));
  const { outcome } = run(server, batchOf('a', 'b', 'c'));
  expect((await outcome).rejected).toBe(2);
  expect(server.requests).toHaveLength(1);
});

test('ends only by the signal while the server is away', async () => {
  const controller = new AbortController();
  const server = new Letters(() => retry);
  const { outcome, clock } = run(server, batchOf('a'), controller.signal);
  const ended = expect(outcome).rejects.toThrow('stop');
  await clock.advance(60_000);
  controller.abort(new Error('stop'));
  await ended;
});
