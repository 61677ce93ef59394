import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiUnderTest, type Answer } from '../../test/support/api-under-test.ts';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await ApiUnderTest.start();
});
afterEach(() => api.stop());

const maps = '/api/v1/namespaces/default/configmaps';
const make = (name: string, labels: Record<string, string> = {}, namespace = 'default') =>
  api.send('POST', `/api/v1/namespaces/${namespace}/configmaps`, { body: { metadata: { name, labels } } });
const names = (answer: Answer) =>
  (answer.json()['items'] as { metadata: { name: string } }[]).map((item) => item.metadata.name);
const metadata = (answer: Answer) =>
  answer.json()['metadata'] as { resourceVersion: string; continue?: string; remainingItemCount?: number };

describe('a list', () => {
  test('shows objects in the order of namespace and name, and where a watch goes on', async () => {
    for (const name of ['b', 'a', 'c']) await make(name);
    await make('z', {}, 'kube-public');
    const answer = await api.send('GET', maps);
    expect(answer.json()).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(names(answer)).toEqual(['a', 'b', 'c']);
    const inSystem = 'extension-apiserver-authentication';
    expect(names(await api.send('GET', '/api/v1/configmaps'))).toEqual(['a', 'b', 'c', 'z', inSystem]);
    expect(metadata(answer).resourceVersion).toBe(String(api.core.registry.revision));
  });

  test('is whole when it is long', async () => {
    const data = { text: 'x'.repeat(60_000) };
    const wanted = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    for (const name of wanted) await api.send('POST', maps, { body: { metadata: { name }, data } });
    const answer = await api.send('GET', maps);
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    expect(answer.headers['audit-id']).toBeDefined();
    expect(names(answer)).toEqual(wanted);
    expect(
      (answer.json()['items'] as { data: unknown }[]).every(
        (item) => JSON.stringify(item.data) === JSON.stringify(data),
      ),
    ).toBe(true);
  });

  test('selects by labels and fields', async () => {
    await make('one', { app: 'x', tier: 'web' });
    await make('two', { app: 'x' });
    await make('three', { app: 'y' });
    const list = async (query: string) => names(await api.send('GET', `${maps}?${query}`));
    expect(await list('labelSelector=app=x')).toEqual(['one', 'two']);
    expect(await list('labelSelector=app=x,!tier')).toEqual(['two']);
    expect(await list(`labelSelector=${encodeURIComponent('app in (x,y),tier notin (web)')}`)).toEqual([
      'three',
      'two',
    ]);
    expect(await list('fieldSelector=metadata.name=two')).toEqual(['two']);
    expect(await list('fieldSelector=metadata.name!=two&labelSelector=app=x')).toEqual(['one']);
    expect((await api.send('GET', `${maps}?fieldSelector=spec.nothing=1`)).status).toBe(400);
    expect((await api.send('GET', `${maps}?labelSelector=a=b=c`)).status).toBe(400);
  });

  test('comes in pages that all show the state of the first', async () => {
    for (let index = 0; index < 7; index++) await make(`m${index}`);
    const first = await api.send('GET', `${maps}?limit=3`);
    expect(names(first)).toEqual(['m0', 'm1', 'm2']);
    expect(metadata(first).remainingItemCount).toBe(4);
    await make('m00');
    await api.send('DELETE', `${maps}/m4`);
    const second = await api.send('GET', `${maps}?limit=3&continue=${metadata(first).continue}`);
    expect(names(second)).toEqual(['m3', 'm4', 'm5']);
    expect(metadata(second).resourceVersion).toBe(metadata(first).resourceVersion);
    const third = await api.send('GET', `${maps}?limit=3&continue=${metadata(second).continue}`);
    expect(names(third)).toEqual(['m6']);
    expect(metadata(third).continue).toBeUndefined();
  });

  test('says that a page came too late, and that a token is none', async () => {
    for (let index = 0; index < 4; index++) await make(`m${index}`);
    const first = await api.send('GET', `${maps}?limit=2`);
    await api.clock.advance(6 * 60_000);
    const late = await api.send('GET', `${maps}?limit=2&continue=${metadata(first).continue}`);
    expect([late.status, late.json()['reason']]).toEqual([410, 'Expired']);
    expect((await api.send('GET', `${maps}?continue=nonsense`)).status).toBe(400);
  });

  test('goes on with what stands now when its state is no longer held, and keeps that state from there', async () => {
    for (let index = 0; index < 7; index++) await make(`m${index}`);
    const first = await api.send('GET', `${maps}?limit=2`);
    await api.clock.advance(6 * 60_000);
    await api.send('DELETE', `${maps}/m2`);
    const late = await api.send('GET', `${maps}?limit=2&continue=${metadata(first).continue}`);
    const second = await api.send('GET', `${maps}?limit=2&continue=${metadata(late).continue}`);
    expect([names(second), metadata(second).remainingItemCount]).toEqual([['m3', 'm4'], 2]);
    expect(metadata(second).resourceVersion).not.toBe(metadata(first).resourceVersion);
    await api.send('DELETE', `${maps}/m5`);
    const third = await api.send('GET', `${maps}?limit=2&continue=${metadata(second).continue}`);
    expect(names(third)).toEqual(['m5', 'm6']);
    expect(metadata(third).resourceVersion).toBe(metadata(second).resourceVersion);
  });

  test('knows present, past and future revisions', async () => {
    await make('a');
    const now = String(api.core.registry.revision);
    expect((await api.send('GET', `${maps}?resourceVersion=${now}&resourceVersionMatch=Exact`)).status).toBe(200);
    await make('b');
    const past = await api.send('GET', `${maps}?resourceVersion=${now}&resourceVersionMatch=Exact`);
    expect([past.status, past.json()['reason']]).toEqual([410, 'Expired']);
    expect(names(await api.send('GET', `${maps}?resourceVersion=${now}&resourceVersionMatch=NotOlderThan`))).toEqual([
      'a',
      'b',
    ]);
    expect(names(await api.send('GET', `${maps}?resourceVersion=0`))).toEqual(['a', 'b']);
    const future = await api.sendWaiting(`${maps}?resourceVersion=999999`);
    expect((await api.passTimeUntil(future.answer)).json()).toMatchObject({
      code: 504,
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
    });
    expect((await api.send('GET', `${maps}?resourceVersion=abc`)).status).toBe(400);
    expect((await api.send('GET', `${maps}?resourceVersionMatch=Exact`)).status).toBe(422);
  });

  test('comes as a table, as metadata alone, and with line breaks for people', async () => {
    await make('a');
    const table = await api.send('GET', maps, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
    });
    expect(table.json()).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      columnDefinitions: [{ name: 'Name', format: 'name' }, { name: 'Data' }, { name: 'Age' }],
      rows: [{ cells: ['a', 0, '0s'], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }],
    });
    const whole = await api.send('GET', `${maps}?includeObject=Object`, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(whole.json()).toMatchObject({ rows: [{ object: { kind: 'ConfigMap' } }] });
    const partial = await api.send('GET', maps, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
    });
    expect(partial.json()).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: [{ kind: 'PartialObjectMetadata' }],
    });
    expect((await api.send('GET', `${maps}?pretty=true`)).body).toContain('\n  "kind"');
    expect((await api.send('GET', maps, { headers: { 'user-agent': 'curl/8' } })).body).toContain('\n  "kind"');
  });
});

/** The lines of a watch that is ended after all that `during` does. */
async function watchDuring(
  url: string,
  during: () => Promise<unknown>,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>[]> {
  const { answer } = await api.sendWaiting(
    `${url}${url.includes('?') ? '&' : '?'}watch=true&timeoutSeconds=600`,
    headers,
  );
  await during();
  const { body, status } = await api.passTimeUntil(answer);
  expect(status).toBe(200);
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const told = (lines: readonly Record<string, unknown>[]) =>
  lines.map(
    ({ type, object }) => `${String(type)} ${(object as { metadata?: { name?: string } }).metadata?.name ?? ''}`,
  );

describe('a watch', () => {
  test('tells each change after a revision once and in order', async () => {
    await make('before');
    const { revision } = api.core.registry;
    await make('early');
    const lines = await watchDuring(`${maps}?resourceVersion=${revision}`, async () => {
      await make('late');
      await api.send('PATCH', `${maps}/late`, {
        body: { data: { a: 'b' } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      await api.send('DELETE', `${maps}/early`);
    });
    expect(told(lines)).toEqual(['ADDED early', 'ADDED late', 'MODIFIED late', 'DELETED early']);
    const revisions = lines.map((line) =>
      Number((line['object'] as { metadata: { resourceVersion: string } }).metadata.resourceVersion),
    );
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
  });

  test('begins with all there is when no revision is given', async () => {
    await make('a');
    await make('b');
    expect(told(await watchDuring(maps, () => make('c')))).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
  });

  test('adds and deletes what begins and ceases to match', async () => {
    const relabel = (value: string | null) =>
      api.send('PATCH', `${maps}/a`, {
        body: { metadata: { labels: { on: value } } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
    await make('a');
    const lines = await watchDuring(
      `${maps}?labelSelector=on=yes&resourceVersion=${api.core.registry.revision}`,
      async () => {
        await relabel('yes');
        await relabel('no');
        await make('other');
        await relabel('yes');
        await api.send('DELETE', `${maps}/a`);
      },
    );
    expect(told(lines)).toEqual(['ADDED a', 'DELETED a', 'ADDED a', 'DELETED a']);
  });

  test('sends initial events, the bookmark that ends them, and bookmarks by the minute', async () => {
    await make('a');
    const url = `${maps}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
    const lines = await watchDuring(url, async () => {
      await make('b');
      await api.clock.advance(60_500);
    });
    expect(lines.slice(0, 4).map((line) => line['type'])).toEqual(['ADDED', 'BOOKMARK', 'ADDED', 'BOOKMARK']);
    expect(lines[1]).toMatchObject({
      object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
    expect(lines[3]).toMatchObject({ object: { metadata: { resourceVersion: String(api.core.registry.revision) } } });
    expect((await api.send('GET', `${maps}?watch=1&sendInitialEvents=true`)).status).toBe(422);
  });

  test('says inside the stream that a revision is gone', async () => {
    for (let index = 0; index < 300; index++) await make(`m${index}`);
    await api.clock.advance(120_000);
    await make('trim');
    const lines = await watchDuring(`${maps}?resourceVersion=1`, () => Promise.resolve());
    expect(lines).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
  });

  test('of a revision that never was says that it is gone, so that its client lists again', async () => {
    const { answer } = await api.sendWaiting(`${maps}?watch=true&resourceVersion=999999`);
    expect((await api.passTimeUntil(answer)).body).toContain('"code":410');
  });

  test('comes as rows of a table, with the columns once', async () => {
    await make('a');
    const lines = await watchDuring(maps, () => make('b'), { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect(lines).toMatchObject([
      {
        type: 'ADDED',
        object: { kind: 'Table', columnDefinitions: [{ name: 'Name' }, {}, {}], rows: [{ cells: ['a', 0, '0s'] }] },
      },
      { type: 'ADDED', object: { kind: 'Table', columnDefinitions: null, rows: [{ cells: ['b', 0, '0s'] }] } },
    ]);
  });

  test('of one object by its path tells of that one', async () => {
    await make('a');
    await make('b');
    expect(
      told(await watchDuring('/api/v1/watch/namespaces/default/configmaps/a', () => api.send('DELETE', `${maps}/b`))),
    ).toEqual(['ADDED a']);
  });
});
