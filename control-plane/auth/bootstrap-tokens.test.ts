import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';
import { secrets } from '../../lib/kube/resources.ts';
import type { Secret } from '../../lib/kube/types.ts';
import { bootstrapUser } from './bootstrap-tokens.ts';

const nowMs = Date.UTC(2026, 0, 1);
const valid = {
  'token-id': 'abcdef',
  'token-secret': '0123456789abcdef',
  'usage-bootstrap-authentication': 'true',
};

function secret(data: Readonly<Record<string, string | undefined>>, over: Partial<Secret> = {}): Secret {
  const encoded = Object.entries({ ...valid, ...data }).flatMap(([key, text]) =>
    text === undefined ? [] : [[key, Buffer.from(text).toString('base64')]],
  );
  return {
    metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(encoded) as Record<string, string>,
    ...over,
  };
}

describe('who knows a bootstrap token', () => {
  const who = (object: Secret, tokenSecret = valid['token-secret']) =>
    bootstrapUser(object, 'abcdef', tokenSecret, nowMs);

  test('is a bootstrapper, also of the groups that the token gives', () => {
    expect(who(secret({}))).toEqual({
      name: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:authenticated'],
    });
    expect(who(secret({ 'auth-extra-groups': 'system:bootstrappers:racks:b,system:bootstrappers:a' }))?.groups).toEqual(
      ['system:bootstrappers', 'system:bootstrappers:a', 'system:bootstrappers:racks:b', 'system:authenticated'],
    );
  });

  test.each<[string, Secret]>([
    ['is of another type', secret({}, { type: 'Opaque' })],
    ['is being deleted', secret({}, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })],
    ['is of another id', secret({ 'token-id': 'abcdeg' })],
    ['has no secret', secret({ 'token-secret': undefined })],
    ['has a longer secret', secret({ 'token-secret': '0123456789abcdefg' })],
    ['is not meant for it', secret({ 'usage-bootstrap-authentication': undefined })],
    ['is not quite meant for it', secret({ 'usage-bootstrap-authentication': 'yes' })],
    ['has expired', secret({ expiration: '2025-12-31T23:59:59Z' })],
    ['expires now', secret({ expiration: '2026-01-01T01:00:00+01:00' })],
    ['expires nobody knows when', secret({ expiration: 'tomorrow' })],
    ['gives a group that is not a bootstrapper’s', secret({ 'auth-extra-groups': 'system:masters' })],
    ['gives a group of that name only', secret({ 'auth-extra-groups': 'system:bootstrappers' })],
    [
      'gives a group that is hidden behind another',
      secret({ 'auth-extra-groups': 'system:bootstrappers:a,system:masters' }),
    ],
    ['gives a group on a second line', secret({ 'auth-extra-groups': 'system:bootstrappers:a\nsystem:masters' })],
  ])('is nobody when it %s', (_, object) => {
    expect(who(object)).toBeUndefined();
  });

  test('is nobody by another secret, and somebody until the last moment', () => {
    expect(who(secret({}), '0123456789abcdee')).toBeUndefined();
    expect(who(secret({ expiration: '2026-01-01T00:00:01Z' }))).toBeDefined();
  });
});

describe('a bootstrap token at the API', () => {
  const TOKEN = 'abcdef.0123456789abcdef';
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await ApiUnderTest.start();
    await api.core.client.create(secrets, secret({ expiration: '2026-01-01T00:10:00Z' }));
  });
  afterAll(() => api.stop());

  const whoami = (token: string) =>
    api.send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { token, body: {} });

  test('says who one is, and lets nobody do more than his roles', async () => {
    expect((await whoami(TOKEN)).json()).toMatchObject({
      status: {
        userInfo: {
          username: 'system:bootstrap:abcdef',
          groups: ['system:bootstrappers', 'system:authenticated'],
        },
      },
    });
    expect((await api.send('GET', '/api/v1/nodes', { token: TOKEN })).status).toBe(403);
    expect((await whoami('abcdef.0123456789abcdee')).status).toBe(401);
    expect((await whoami('abcdeg.0123456789abcdef')).status).toBe(401);
  });

  test('is reviewed, for this API alone', async () => {
    const review = async (spec: object) =>
      (await api.send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body: { spec } })).json()['status'];
    expect(await review({ token: TOKEN })).toMatchObject({
      authenticated: true,
      user: { username: 'system:bootstrap:abcdef' },
    });
    expect(await review({ token: TOKEN, audiences: ['vault'] })).toMatchObject({ authenticated: false });
  });

  test('ends with its time', async () => {
    await api.clock.advance(600_000);
    expect((await whoami(TOKEN)).status).toBe(401);
  });
});
