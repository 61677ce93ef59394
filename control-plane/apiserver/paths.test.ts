import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KubeApiError } from '../../lib/kube/client.ts';
import { widgetCrd } from '../../test/support/crd-builders.ts';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';
import { isWorthCompressing } from './compression.ts';
import type { ApiExtension, ExtensionRequest } from './extension.ts';

const asked: ExtensionRequest[] = [];
const extension: ApiExtension = {
  group: 'test.vigil.dev',
  version: 'v1',
  resources: [
    {
      name: 'things',
      singularName: 'thing',
      kind: 'Thing',
      namespaced: true,
      shortNames: ['th'],
      verbs: ['get', 'list', 'create'],
    },
  ],
  handle: async (request) => {
    asked.push(request);
    if (request.name === 'missing') {
      throw new KubeApiError({
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        code: 404,
        reason: 'NotFound',
        message: 'no such thing',
      });
    }
    if (request.query.has('lines')) return { lines: lines() };
    return { body: { mayReadSecrets: await request.may({ verb: 'get', resource: 'secrets' }) } };
  },
};

async function* lines(): AsyncGenerator<object> {
  yield { n: 1 };
  yield { n: 2 };
}

let api: ApiUnderTest;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-console-'));
  await mkdir(join(folder, 'parts'));
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  await writeFile(join(folder, 'parts/a.ts'), 'export const a: number = 1;\n');
  await writeFile(join(folder, 'parts/a.d.ts'), 'export const a: number;\n');
  await writeFile(join(folder, 'secret.pem'), 'secret');
  await symlink('/etc/hostname', join(folder, 'out.json'));
  api = await ApiUnderTest.start({ config: { consoleDir: folder }, extensions: [extension] });
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('discovery', () => {
  test('lists versions, groups and resources, as old and as new clients ask for them', async () => {
    expect((await api.send('GET', '/api')).json()).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const groups = (await api.send('GET', '/apis')).json()['groups'] as { name: string; preferredVersion: object }[];
    expect(groups.map((group) => group.name)).toEqual(
      expect.arrayContaining(['apps', 'rbac.authorization.k8s.io', 'test.vigil.dev']),
    );
    expect(groups.find((group) => group.name === 'autoscaling')).toMatchObject({ preferredVersion: { version: 'v2' } });
    expect((await api.send('GET', '/apis/apps')).json()).toMatchObject({ kind: 'APIGroup', name: 'apps' });
    const resources = (await api.send('GET', '/api/v1')).json()['resources'] as { name: string }[];
    expect(resources.find((one) => one.name === 'pods')).toMatchObject({
      singularName: 'pod',
      shortNames: ['po'],
      categories: ['all'],
      namespaced: true,
    });
    expect(resources.find((one) => one.name === 'pods/eviction')).toMatchObject({ group: 'policy', kind: 'Eviction' });
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const aggregated = await api.send('GET', '/apis', { headers: { accept } });
    expect(aggregated.headers['content-type']).toBe(
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    );
    expect(aggregated.json()).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      items: expect.arrayContaining([
        expect.objectContaining({
          metadata: { name: 'test.vigil.dev', creationTimestamp: null },
          versions: [expect.objectContaining({ version: 'v1' })],
        }),
      ]),
    });
    expect((await api.send('GET', '/apis/nothing')).status).toBe(404);
    expect((await api.send('POST', '/apis', { body: {} })).status).toBe(405);
  });

  test('describes everything in OpenAPI, with an ETag', async () => {
    const index = (await api.send('GET', '/openapi/v3')).json()['paths'] as Record<
      string,
      { serverRelativeURL: string }
    >;
    const url = index['apis/apps/v1']?.serverRelativeURL ?? '';
    const document = await api.send('GET', url);
    expect(document.json()).toMatchObject({ openapi: '3.0.0' });
    expect(
      (await api.send('GET', url, { headers: { 'if-none-match': String(document.headers['etag']) } })).status,
    ).toBe(304);
    const v2 = await api.send('GET', '/openapi/v2');
    expect(v2.json()).toMatchObject({ swagger: '2.0' });
    const known = { 'if-none-match': String(v2.headers['etag']) };
    expect((await api.send('GET', '/openapi/v2', { headers: known })).status).toBe(304);
    await api.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      body: widgetCrd({ type: 'object' }),
    });
    const later = await api.send('GET', '/openapi/v2', { headers: known });
    expect(later.body).toContain('com.example.shop.v1.Widget');
    expect((await api.send('GET', '/openapi/v3/apis/none/v1')).status).toBe(404);
    expect((await api.send('GET', '/openapi/v4')).status).toBe(404);
  });
});

describe('health', () => {
  test('is said in one word, in detail, or for one check', async () => {
    expect((await api.send('GET', '/healthz', { token: '' })).body).toBe('ok');
    expect((await api.send('GET', '/readyz?verbose', { token: '' })).body).toBe(
      '[+]ping ok\n[+]store ok\nreadyz check passed\n',
    );
    expect((await api.send('GET', '/livez/ping', { token: '' })).body).toBe('ok');
    expect((await api.send('GET', '/livez/nothing', { token: '' })).status).toBe(404);
  });

  test('metrics count requests by what is served, not by what clients make up', async () => {
    await api.send('GET', '/apis/made.up/v1/names');
    await api.send('GET', '/api/v1/namespaces/default/pods');
    const { body, headers } = await api.send('GET', '/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toMatch(
      /apiserver_request_total\{verb="LIST",group="",version="v1",resource="pods",subresource="",scope="namespace",component="apiserver",code="200",dry_run=""\} 1/,
    );
    expect(body).not.toContain('made.up');
  });
});

describe('extensions', () => {
  const url = '/apis/test.vigil.dev/v1/namespaces/default/things';

  test('are told what is asked and by whom, and may ask what he may', async () => {
    const answer = await api.send('GET', `${url}/one/part/of/it?a=b`);
    expect(answer.json()).toEqual({ mayReadSecrets: true });
    expect(asked.at(-1)).toMatchObject({
      verb: 'get',
      resource: 'things',
      name: 'one',
      subresource: 'part',
      rest: ['of', 'it'],
      namespace: 'default',
    });
    expect(asked.at(-1)?.user.name).toBe('system:serviceaccount:kube-system:admin');
    await api.send('POST', url, { body: { q: 1 } });
    expect(asked.at(-1)).toMatchObject({ verb: 'create', body: { q: 1 } });
  });

  test('answer with lines, and with failures of their own', async () => {
    expect((await api.send('GET', `${url}?lines=1`)).body).toBe('{"n":1}\n{"n":2}\n');
    expect((await api.send('GET', `${url}/missing`)).json()).toMatchObject({ code: 404, message: 'no such thing' });
  });

  test('are asked only what they offer, and only by who may', async () => {
    expect((await api.send('DELETE', `${url}/one`)).status).toBe(405);
    expect((await api.send('GET', '/apis/test.vigil.dev/v1/others')).status).toBe(404);
    expect((await api.send('GET', url, { token: '' })).status).toBe(403);
    expect((await api.send('POST', url, { body: 'x'.repeat(1024 * 1024 + 1) })).status).toBe(413);
    expect((await api.send('POST', url, { body: '{' })).status).toBe(400);
  });
});

describe('the console', () => {
  const get = (path: string, headers: Record<string, string> = {}) => api.send('GET', path, { token: '', headers });

  test('is sent to everybody, TypeScript without its types, under a strict policy', async () => {
    expect(await get('/console')).toMatchObject({ status: 301, headers: { location: '/console/' } });
    const page = await get('/console/');
    expect(page).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff' },
    });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    const script = await get('/console/parts/a.ts');
    expect(script).toMatchObject({ headers: { 'content-type': 'text/javascript; charset=utf-8' } });
    expect(script.body.replaceAll(' ', '')).toBe('exportconsta=1;\n');
    expect((await get('/console/parts/a.ts', { 'if-none-match': String(script.headers['etag']) })).status).toBe(304);
    expect((await get('/console/vendor/htm-preact.js')).headers['content-type']).toContain('text/javascript');
    expect((await get('/console/lib/log-query/parse-query.ts')).body).toContain("from './query-error.ts'");
  });

  test.each([
    '/console/parts/a.d.ts',
    '/console/secret.pem',
    '/console/out.json',
    '/console/..%2f..%2fetc%2fpasswd',
    '/console/%2e%2e/index.html',
    '/console/.git/config',
    '/console/lib/pki.ts',
    '/console/lib/log-query/parse-query.test.ts',
    '/console/lib/log-query/..%2fpki.ts',
    '/console/vendor/package.json',
    '/console/vendor/..%2fpackage.json',
    '/console/vendor/__proto__',
    '/console/%00',
    '/console/none.html',
  ])('does not send %s', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.json()).toMatchObject({ kind: 'Status' });
  });

  test('is not asked for by a path that cannot be decoded', async () => {
    expect(await get('/console/%zz')).toMatchObject({ status: 400, body: '400 Bad Request' });
  });

  test('cannot be written to', async () => {
    expect((await api.send('POST', '/console/', { body: {} })).status).toBe(405);
  });
});

describe('compression', () => {
  test('is for large answers over a network, to who takes them', async () => {
    for (let index = 0; index < 3; index++) {
      await api.send('POST', '/api/v1/namespaces/default/configmaps', {
        body: { metadata: { name: `big-${index}` }, data: { a: 'x'.repeat(100_000) } },
      });
    }
    const { authorization } = await api
      .send('GET', '/version')
      .then(async () => ({ authorization: `Bearer ${await api.tokenOf('admin')}` }));
    const request = {
      url: '/api/v1/namespaces/default/configmaps',
      headers: { authorization, 'accept-encoding': 'gzip' },
    };
    const far = await api.inject({ ...request, remoteAddress: '10.0.0.9' });
    expect(far.headers['content-encoding']).toBe('gzip');
    const near = await api.inject(request);
    expect(near.headers['content-encoding']).toBeUndefined();
    expect(gunzipSync(far.rawPayload).toString()).toBe(near.body);
    expect(isWorthCompressing({}, 1_000_000, '10.0.0.9')).toBe(false);
    expect(isWorthCompressing({ 'accept-encoding': 'gzip' }, 1_000, '10.0.0.9')).toBe(false);
  });
});
