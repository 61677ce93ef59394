import { expect, test } from 'vitest';
import { FakeClock } from '../../../lib/clock.ts';
import { silentLog } from '../../../lib/log.ts';
import { Batch } from '../../buffer/batch.ts';
import type { BatchOutcome } from '../sink.ts';
import { deliver } from './deliver.ts';
import { OutputHealth } from './output-health.ts';
import type { Attempt, Protocol } from './protocol.ts';
import type { ItemVerdict, Verdict } from './verdict.ts';

const itemOf = (letter: string) => `{"create":{"_index":"logs","_id":"${letter}"}}\n{"message":"${letter}"}\n`;

function batchOf(...letters: readonly string[]): Batch {
  const batch = new Batch();
  for (const item of letters.map(itemOf)) {
    batch.beginItem(item.length);
    batch.length += batch.bytes.write(item, batch.length);
  }
  return batch;
}

/** The letters of a bulk body; those of dead letters in upper case. */
function lettersOf(body: Buffer): string {
  const items = body.toString().matchAll(/^\{"create":\{"_index":"([^"]+)","_id":"(.)"\}\}$/gm);
  return [...items].map(([, index, id = '']) => (index === 'logs' ? id : id.toUpperCase())).join('');
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
    const letters = lettersOf(body);
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
  const deps = { clusterName: 'demo', clock, log: silentLog, random: () => 1 };
  const outcome = deliver({ ...deps, protocol, health }, batch, signal);
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
    refused: [{ number: 2, item: Buffer.from(itemOf('c')), status: 400, type: 'mapper', reason: 'no number' }],
    deadLettersLost: 0,
    retries: new Uint32Array([0, 1, 0, 0]),
  });
  expect(server.requests).toEqual(['abcd', 'b', 'C']);
  expect(health.lastError).toBeUndefined();
});

const tooLarge: Verdict = { kind: 'split', status: 413, reason: 'too large' };

test('a request that is refused as a whole is halved until the guilty item is alone; the others pass', async () => {
  const server = new Letters((letters) => (letters.includes('x') ? tooLarge : taken));
  const { outcome } = run(server, batchOf('a', 'b', 'x', 'c', 'd'));
  expect((await outcome).refused).toMatchObject([{ number: 2, status: 413, type: 'request_refused' }]);
  expect(server.requests.at(-1)).toBe('X');
  const passed = server.requests.filter((letters) => !/x/i.test(letters)).join('');
  expect(passed.split('').sort().join('')).toBe('abcd');
});

test('a dead letter that is refused is sent once more, and then it is lost and counted', async () => {
  const refusal: ItemVerdict = { kind: 'refused', status: 400, type: 'mapper', reason: 'no' };
  const server = new Letters((letters) => ({
    kind: 'items',
    items: letters.split('').map((letter) => (/x|Y/i.test(letter) ? refusal : { kind: 'taken' })),
  }));
  const { outcome } = run(server, batchOf('a', 'x', 'y'));
  expect(await outcome).toMatchObject({ refused: [{ number: 1 }, { number: 2 }], deadLettersLost: 2 });
  expect(server.requests).toEqual(['axy', 'XY', 'XY']);
});

test('a server that refuses every request is waited for, and no line is taken for the guilty one', async () => {
  let isBroken = true;
  const server = new Letters(() => (isBroken ? { kind: 'split', status: 400, reason: 'no such encoding' } : taken));
  const { outcome, health, clock } = run(server, batchOf('a', 'b', 'c', 'd'));
  await clock.advance(10);
  expect(health.lastError).toBe('status 400 to every request: no such encoding');
  // Halved to the first item, and its dead letter whole and cut: not every item is asked about.
  expect(server.requests).toEqual(['abcd', 'ab', 'a', 'A', 'A']);
  isBroken = false;
  await clock.advance(50);
  expect(await outcome).toMatchObject({ refused: [], deadLettersLost: 0 });
  expect(server.requests.slice(5)).toEqual(['abcd']);
});

test('a lone line that is refused as a whole request is a dead letter when that is taken', async () => {
  const server = new Letters((letters) => (letters === 'x' ? tooLarge : taken));
  const { outcome } = run(server, batchOf('x'));
  expect(await outcome).toMatchObject({ refused: [{ number: 0 }], deadLettersLost: 0 });
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
