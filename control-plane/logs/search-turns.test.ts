import { expect, test } from 'vitest';
import { endingWith, SearchTurns } from './search-turns.ts';

async function* numbers() {
  yield* await Promise.resolve([1, 2]);
}

test('refuses the seventeenth search until one has ended or its client is gone', async () => {
  const turns = new SearchTurns();
  const client = new AbortController();
  const ends = Array.from({ length: 16 }, () => turns.begin(client.signal));
  const begin = () => turns.begin(new AbortController().signal);
  expect(begin).toThrow('16 log searches are under way');
  ends[0]?.();
  ends[0]?.();
  const end = begin();
  expect(begin).toThrow('16 log searches are under way');
  for await (const value of endingWith(numbers(), end)) if (value === 1) break;
  begin();
  expect(begin).toThrow('16 log searches are under way');
  client.abort();
  begin();
});
