import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiList } from '../api-client.ts';
import { ConformanceCluster } from '../cluster.ts';

/** PodTemplates that are listed in pieces. */
const TOTAL = 400;
const LIMIT = 150;

let on: ConformanceCluster;
let templates: string;

beforeAll(async () => {
  on = await ConformanceCluster.start();
  templates = `/api/v1/namespaces/${await on.namespace()}/podtemplates`;
  const create = (index: number) =>
    on.api.post(templates, {
      metadata: { name: `template-${String(index).padStart(4, '0')}` },
      template: { spec: { containers: [{ name: 'test', image: 'test2' }] } },
    });
  for (let index = 0; index < TOTAL; index += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, offset) => create(index + offset)));
  }
});
afterAll(() => on?.stop());

const page = (limit: number, token = '') =>
  on.api.list(`${templates}?limit=${limit}${token === '' ? '' : `&continue=${encodeURIComponent(token)}`}`);
const namesOf = ({ items }: ApiList) => items.map(({ metadata }) => metadata.name);

test('[sig-api-machinery] Servers with support for API chunking should return chunks of results for list calls', async () => {
  const first = await page(LIMIT);
  const pages = [first];
  let last = first;
  while (last.metadata.continue) {
    last = await page(LIMIT, last.metadata.continue);
    pages.push(last);
  }
  expect(pages.map(({ items }) => items.length)).toEqual([150, 150, 100]);
  expect(pages.map(({ metadata }) => metadata.remainingItemCount)).toEqual([250, 100, undefined]);
  for (const { metadata } of pages) expect(metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  const whole = await on.api.list(templates);
  expect(whole.items).toHaveLength(TOTAL);
  expect(pages.flatMap(namesOf)).toEqual(namesOf(whole));
});

interface Expired {
  readonly code: number;
  readonly reason: string;
  readonly metadata: { readonly continue?: string };
}

/** More lists, each of a moment of its own, than the server keeps for those who continue them. */
const OTHER_LISTS = 80;

test('[sig-api-machinery] Servers with support for API chunking should support continue listing from the last key if the original version has been compacted away, though the list is inconsistent [Slow]', async () => {
  const first = await page(LIMIT);
  // Upstream's test waits for a compaction; here other lists take this one's place.
  for (let list = 0; list < OTHER_LISTS; list++) {
    await on.api.patch(`${templates}/template-0000`, { metadata: { annotations: { touched: String(list) } } });
    await page(1);
  }
  const token = encodeURIComponent(first.metadata.continue ?? '');
  const answer = await on.api.send('GET', `${templates}?limit=${LIMIT}&continue=${token}`);
  expect(answer.status).toBe(410);
  const expired = answer.json<Expired>();
  expect(expired).toMatchObject({ code: 410, reason: 'Expired' });
  expect(expired.metadata.continue).toBeTruthy();

  const second = await page(LIMIT, expired.metadata.continue);
  expect(second.items).toHaveLength(LIMIT);
  expect(second.metadata.continue).toBeTruthy();
  expect(second.metadata.remainingItemCount).toBe(100);
  expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
  const third = await page(LIMIT, second.metadata.continue);
  expect(third.items).toHaveLength(100);
  expect(third.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
  expect([first, second, third].flatMap(namesOf)).toEqual(namesOf(await on.api.list(templates)));
});
