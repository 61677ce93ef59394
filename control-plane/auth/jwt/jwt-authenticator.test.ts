import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../../lib/clock.ts';
import type { JwtAuthenticatorConfig } from '../../../lib/config/authentication.ts';
import { silentLog, type Logger } from '../../../lib/log.ts';
import { TokenIssuer } from '../../../test/servers/token-issuer.ts';
import { jwksLocation } from './issuer-keys.ts';
import { JwtAuthenticator } from './jwt-authenticator.ts';

let issuer: TokenIssuer;
let clock: FakeClock;
let told: string[];
beforeEach(async () => {
  issuer = await TokenIssuer.start();
  await issuer.rollKey('one', 'ES256');
  clock = new FakeClock(Date.UTC(2026, 0, 1));
  told = [];
});
afterEach(() => issuer.stop());

const log = new Proxy(silentLog, {
  get: (target, name) =>
    name === 'warn'
      ? (fields: { error?: string }) => told.push(fields.error ?? '')
      : (target[name as keyof Logger] as unknown),
});

function authenticator(extra: Partial<JwtAuthenticatorConfig['issuer']> = {}): JwtAuthenticator {
  const certificateAuthority = issuer.ca.cert;
  const config: JwtAuthenticatorConfig = {
    issuer: {
      url: issuer.url,
      audiences: ['vigil', 'other'],
      audienceMatchPolicy: 'MatchAny',
      certificateAuthority,
      ...extra,
    },
    claimMappings: { username: { claim: 'sub', prefix: 'oidc:' }, groups: { claim: 'groups', prefix: '' } },
  };
  return new JwtAuthenticator({ config: { jwt: [config] }, clock, log });
}

const jane = { sub: 'jane', aud: 'vigil', groups: ['dev'] };
const token = (claims: object = {}, seconds?: number) =>
  issuer.token({ ...jane, ...claims }, { nowMs: clock.now(), seconds });
const user = { name: 'oidc:jane', groups: ['dev', 'system:authenticated'] };

test('a token of the issuer is its bearer', async () => {
  const one = authenticator();
  expect(await one.authenticate(await token())).toEqual(user);
  expect(await one.authenticate(await token({ aud: ['x', 'other'] }))).toEqual(user);
  expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
});

test.each(['RS256', 'ES384', 'PS512'])('keys may be of the kind %s', async (alg) => {
  await issuer.rollKey('other', alg);
  expect(await authenticator().authenticate(await token())).toEqual(user);
});

test('tokens that do not hold are refused, with the reason in the log', async () => {
  const one = authenticator();
  const cases: readonly (readonly [string, string])[] = [
    [await token({}, -60), '"exp" claim timestamp check failed'],
    [await token({ nbf: Math.floor(clock.now() / 1000) + 60 }), '"nbf" claim timestamp check failed'],
    [await token({ aud: 'somebody' }), 'unexpected "aud" claim value'],
    [await token({ sub: undefined }), 'username claim "sub"'],
    [`${(await token()).slice(0, -8)}AAAAAAAA`, 'signature verification failed'],
  ];
  for (const [refused, reason] of cases) {
    await clock.advance(2_000);
    expect(await one.authenticate(refused)).toBeUndefined();
    expect(told.at(-1)).toContain(reason);
  }
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await token()).split('.')[1]}.`;
  for (const nothing of ['', 'abc', 'a.b.c', unsigned, await token({ iss: 'https://other.example.com' })])
    expect(await one.authenticate(nothing)).toBeUndefined();
});

test('a new key is fetched when a token names it, and the old one does not hold any more', async () => {
  const one = authenticator();
  const old = await token({ groups: ['old'] });
  expect(await one.authenticate(await token())).toEqual(user);
  await issuer.rollKey('two', 'ES256');
  // Whoever makes key ids up does not have the issuer asked each time.
  expect(await one.authenticate(await token())).toBeUndefined();
  await clock.advance(10_000);
  expect(await one.authenticate(await token())).toEqual(user);
  await clock.advance(10_000);
  expect(await one.authenticate(old)).toBeUndefined();
  expect(told.at(-1)).toContain('no applicable key');
});

test('an issuer that is away stops nobody from starting and is asked again', async () => {
  await issuer.stop();
  const one = authenticator();
  await one.start();
  expect(await one.authenticate(await token())).toBeUndefined();
  expect(told.at(-1)).toContain('ECONNREFUSED');
  await issuer.listen();
  await clock.advance(10_000);
  expect(await one.authenticate(await token())).toEqual(user);
  await issuer.stop();
  await clock.advance(11 * 60_000);
  // What was known stays known.
  expect(await one.authenticate(await token())).toEqual(user);
  await issuer.listen();
});

test('a token is checked once in a while, and not beyond its end', async () => {
  const one = authenticator();
  const short = await token({}, 5);
  expect(await one.authenticate(short)).toBe(await one.authenticate(short));
  await clock.advance(5_000 + 10_000);
  expect(await one.authenticate(short)).toBeUndefined();
});

test('discovery may be elsewhere, but must speak of the issuer', async () => {
  const url = 'https://issuer.example.com';
  issuer.claimedIssuer = url;
  const one = authenticator({ url, discoveryURL: `${issuer.url}/.well-known/openid-configuration` });
  expect(await one.authenticate(await token({ iss: url }))).toEqual(user);
  expect(() => jwksLocation({ issuer: 'https://x', jwks_uri: 'https://x/keys' }, url)).toThrow(
    'issuer did not match the issuer returned by provider, expected "https://issuer.example.com" got "https://x"',
  );
  expect(() => jwksLocation({ issuer: url, jwks_uri: 'http://x/keys' }, url)).toThrow('jwks_uri');
});

test('an issuer with the certificate of somebody else is not believed', async () => {
  const one = authenticator({ certificateAuthority: undefined });
  expect(await one.authenticate(await token())).toBeUndefined();
  expect(told.at(-1)).toMatch(/certificate|self-signed/);
});
