import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

const maps = '/api/v1/namespaces/default/configmaps';
const headers = { 'content-type': 'application/apply-patch+yaml' };
const apply = (manager: string, name: string, body: object, query = '') =>
  api.send('PATCH', `${maps}/${name}?fieldManager=${manager}${query}`, {
    headers,
    body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...body }),
  });
const managers = (answer: { json(): Record<string, unknown> }) =>
  ((answer.json()['metadata'] as { managedFields?: { manager: string; operation: string }[] }).managedFields ?? []).map(
    ({ manager, operation }) => `${manager} ${operation}`,
  );

describe('server-side apply', () => {
  test('makes the object, and says who manages it', async () => {
    const answer = await apply('one', 'made', { data: { a: '1' } });
    expect([answer.status, managers(answer)]).toEqual([201, ['one Apply']]);
    expect(answer.json()).toMatchObject({ metadata: { managedFields: [{ fieldsV1: { 'f:data': { 'f:a': {} } } }] } });
    const again = await apply('one', 'made', { data: { a: '1' } });
    expect([again.status, again.json()]).toEqual([200, answer.json()]);
  });

  test('refuses an item that a list names twice, and says all of them', async () => {
    const env = (names: readonly string[]) => names.map((name) => ({ name, value: name }));
    const send = (names: readonly string[]) =>
      api.send('PATCH', '/apis/apps/v1/namespaces/default/deployments/twice?fieldManager=me', {
        headers,
        body: JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'twice' },
          spec: {
            selector: { matchLabels: { app: 'a' } },
            template: {
              metadata: { labels: { app: 'a' } },
              spec: { containers: [{ name: 'x', image: 'i', env: env(names) }] },
            },
          },
        }),
      });
    const at = '.spec.template.spec.containers[name="x"].env: duplicate entries for key';
    const intro = 'failed to create typed patch object (default/twice; apps/v1, Kind=Deployment)';
    const once = await send(['A', 'B', 'A']);
    expect([once.status, once.json()['reason'], once.json()['message']]).toEqual([
      400,
      'BadRequest',
      `${intro}: ${at} [name="A"]`,
    ]);
    const several = await send(['A', 'A', 'B', 'B']);
    expect(several.json()['message']).toBe(`${intro}: errors:\n  ${at} [name="A"]\n  ${at} [name="B"]`);
    expect((await send(['A', 'B'])).status).toBe(201);
  });

  test('refuses to take what another manages, unless forced', async () => {
    await apply('one', 'contested', { data: { a: '1' } });
    const refused = await apply('two', 'contested', { data: { a: '2' } });
    expect(refused.json()).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .data.a',
      details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.a' }] },
    });
    const forced = await apply('two', 'contested', { data: { a: '2' } }, '&force=true');
    expect([forced.status, managers(forced)]).toEqual([200, ['two Apply']]);
  });

  test('removes what its manager no longer applies', async () => {
    await apply('one', 'shrunk', { data: { a: '1', b: '2' } });
    expect((await apply('one', 'shrunk', { data: { a: '1' } })).json()['data']).toEqual({ a: '1' });
  });

  test('goes on keeping account when others update', async () => {
    await apply('one', 'shared', { data: { a: '1', b: '1' } });
    const patched = await api.send('PATCH', `${maps}/shared?fieldManager=editor`, {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { data: { b: '2', c: '3' } },
    });
    expect(managers(patched)).toEqual(['one Apply', 'editor Update']);
    const refused = await apply('one', 'shared', { data: { a: '1', b: '1' } });
    expect(refused.json()['message']).toContain('conflict with "editor" using v1: .data.b');
  });

  test('keeps no account of objects that nobody applied', async () => {
    const made = await api.send('POST', maps, {
      body: { metadata: { name: 'plain', managedFields: [{ manager: 'x', operation: 'Update' }] } },
    });
    expect(managers(made)).toEqual([]);
  });

  test.each([
    [{ kind: 'Secret' }, 'invalid object type: /v1, Kind=Secret'],
    [{ metadata: { name: 'other' } }, 'the name of the object (other) does not match the name on the URL (bad)'],
    [
      { metadata: { name: 'bad', managedFields: [{ manager: 'x', operation: 'Apply', fieldsV1: {} }] } },
      'metadata.managedFields must be nil',
    ],
  ])('refuses %j', async (body, text) => {
    const answer = await apply('one', 'bad', body);
    expect([answer.status, answer.json()['message']]).toEqual([400, expect.stringContaining(text)]);
  });

  test('needs to know who applies', async () => {
    const answer = await api.send('PATCH', `${maps}/made`, { headers, body: '{}' });
    expect([answer.status, answer.json()['message']]).toEqual([
      422,
      expect.stringContaining('fieldManager: Required value'),
    ]);
  });
});
