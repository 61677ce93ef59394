import { describe, expect, test } from 'vitest';
import type { LogHit, LogPage, LogQuery } from '../../lib/log-query.ts';
import type { Api } from '../api/api.ts';
import { storeHits, storeLines } from './store-lines.ts';

const hit = (n: number): LogHit => ({
  id: `c0ffee-a-${n}`,
  time: `2026-01-01T00:00:0${n}Z`,
  message: `line ${n}`,
  namespace: 'default',
  pod: 'p',
  podUid: 'u',
  container: 'c',
  containerId: 'c0ffee',
  node: 'n',
  restartCount: 0,
});
const broken = Symbol('the connection breaks');

/** A server that answers each question with the next list of pages. */
function serving(...answers: readonly (readonly (LogPage | typeof broken)[])[]): {
  readonly api: Pick<Api, 'linesOf'>;
  readonly asked: LogQuery[];
} {
  const asked: LogQuery[] = [];
  async function* linesOf(_path: string, body: unknown): AsyncGenerator<unknown> {
    asked.push(body as LogQuery);
    for (const page of answers[asked.length - 1] ?? []) {
      if (page === broken) throw new Error('aborted');
      yield await Promise.resolve(page);
    }
  }
  return { api: { linesOf: linesOf as Api['linesOf'] }, asked };
}

const { signal } = new AbortController();
async function messagesOf({ api }: ReturnType<typeof serving>): Promise<string[]> {
  const messages: string[] = [];
  for await (const hits of storeHits(api as Api, 'default', {}, signal))
    messages.push(...hits.map((one) => one.message));
  return messages;
}

describe('the stored lines', () => {
  test('come page by page up to the page that has no next', async () => {
    const server = serving([{ hits: [], isWaiting: true }, { hits: [hit(1)], next: 'a' }, { hits: [hit(2)] }]);
    expect(await messagesOf(server)).toEqual(['line 1', 'line 2']);
    expect(server.asked).toHaveLength(1);
  });

  test('go on behind the last page when the stream broke, or ended at its bound', async () => {
    const server = serving(
      [{ hits: [hit(1)], next: 'a' }, broken],
      [{ hits: [hit(2)], next: 'b' }],
      [{ hits: [hit(3)] }],
    );
    expect(await messagesOf(server)).toEqual(['line 1', 'line 2', 'line 3']);
    expect(server.asked.map((query) => query.after)).toEqual([undefined, 'a', 'b']);
  });

  test('are given up when the stream breaks again and again', async () => {
    await expect(messagesOf(serving([broken], [broken], [broken], [{ hits: [hit(1)] }]))).rejects.toMatchObject({
      httpStatus: 503,
    });
  });

  test('end with what the server says is wrong', async () => {
    const server = serving([
      { hits: [hit(1)], next: 'a' },
      { hits: [], next: 'a', problem: 'the log store answered 503' },
    ]);
    await expect(messagesOf(server)).rejects.toThrow('the log store answered 503');
  });

  test('are the newest so many, oldest first, with the neighbours of each', async () => {
    const near = { ...hit(2), isContext: true };
    const server = serving([{ hits: [hit(3), near, hit(1)], next: 'a' }]);
    const { lines, isCut } = await storeLines(server.api as Api, 'default', {}, signal, 1);
    expect(lines.map((line) => line.message)).toEqual(['line 2', 'line 3']);
    expect(isCut).toBe(false);
    expect(server.asked[0]?.order).toBe('newest');
  });
});
