import { describe, expect, test } from 'vitest';
import type { JwtAuthenticatorConfig } from '../../../lib/config/authentication.ts';
import { userOfClaims } from './claims-user.ts';

const config = (extra: Partial<JwtAuthenticatorConfig> = {}): JwtAuthenticatorConfig => ({
  issuer: { url: 'https://i.example.com', audiences: ['a'] },
  claimMappings: { username: { claim: 'sub', prefix: 'oidc:' } },
  ...extra,
});

test('claims become a user, with prefixes', () => {
  const claimMappings = {
    username: { claim: 'sub', prefix: 'oidc:' },
    groups: { claim: 'roles', prefix: 'oidc:' },
    uid: { claim: 'id' },
    extra: [{ key: 'example.com/tenants', valueExpression: 'claims.tenants' }],
  };
  const claims = { sub: 'jane', roles: ['dev', 'ops'], id: '7', tenants: ['x', ''], jti: 'j1' };
  expect(userOfClaims(config({ claimMappings }), claims)).toEqual({
    name: 'oidc:jane',
    uid: '7',
    groups: ['oidc:dev', 'oidc:ops', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j1'], 'example.com/tenants': ['x'] },
  });
  expect(
    userOfClaims(config({ claimMappings: { ...claimMappings, uid: undefined, extra: [] } }), {
      sub: 'a',
      roles: 'dev',
    }),
  ).toEqual({
    name: 'oidc:a',
    groups: ['oidc:dev', 'system:authenticated'],
  });
});

test('expressions see numbers, members that may be absent, and the user', () => {
  const given = config({
    claimMappings: {
      username: { expression: 'claims.email_verified ? claims.email : claims.sub' },
      groups: { expression: 'claims.?roles.orValue([]).map(role, "r:" + role)' },
    },
    claimValidationRules: [{ expression: 'claims.exp - claims.nbf <= 3600', message: 'lives too long' }],
    userValidationRules: [
      { expression: "!user.username.startsWith('system:')", message: 'the name is reserved' },
      { expression: "user.groups.all(g, !g.startsWith('system:'))", message: 'the group is reserved' },
    ],
  });
  const claims = { email: 'j@example.com', email_verified: true, sub: 'jane', nbf: 1_000, exp: 4_600 };
  expect(userOfClaims(given, claims).name).toBe('j@example.com');
  expect(userOfClaims(given, { ...claims, roles: ['a'] }).groups).toEqual(['r:a', 'system:authenticated']);
  expect(() => userOfClaims(given, { ...claims, exp: 9_000 })).toThrow(
    "error evaluating claim validation expression: validation expression 'claims.exp - claims.nbf <= 3600' failed: lives too long",
  );
  expect(() => userOfClaims(given, { ...claims, email: 'system:admin' })).toThrow('failed: the name is reserved');
});

describe('a token is refused', () => {
  const cases: readonly (readonly [string, Partial<JwtAuthenticatorConfig>, Record<string, unknown>, string])[] = [
    ['without the name', {}, {}, 'username claim "sub": claim not present'],
    ['with a name that is no text', {}, { sub: 7 }, 'username claim "sub"'],
    [
      'with members of objects for claims',
      { claimMappings: { username: { claim: 'toString', prefix: '' } } },
      {},
      'username claim "toString"',
    ],
    [
      'with an address that nobody has checked',
      { claimMappings: { username: { claim: 'email', prefix: '' } } },
      { email: 'a', email_verified: false },
      'email not verified',
    ],
    [
      'with groups that are none',
      { claimMappings: { username: { claim: 'sub', prefix: '' }, groups: { claim: 'g', prefix: '' } } },
      { sub: 'a', g: [1] },
      'groups claim "g"',
    ],
    [
      'without a claim that must be there',
      { claimValidationRules: [{ claim: 'hd', requiredValue: 'x' }] },
      { sub: 'a' },
      'required claim hd not present in ID token',
    ],
    [
      'with another value of it',
      { claimValidationRules: [{ claim: 'hd', requiredValue: 'x' }] },
      { sub: 'a', hd: 'y' },
      'required claim hd value does not match. Got = y, want = x',
    ],
    [
      'where an expression cannot be evaluated',
      { claimMappings: { username: { expression: 'claims.nick' } } },
      { sub: 'a' },
      'error evaluating username claim expression',
    ],
    [
      'where an expression gives no name',
      { claimMappings: { username: { expression: '1' } } },
      {},
      'username claim expression must return a string',
    ],
    [
      'where an expression gives an empty name',
      { claimMappings: { username: { expression: '""' } } },
      {},
      'empty username',
    ],
    [
      'where a rule gives no answer',
      { claimValidationRules: [{ expression: '"yes"' }] },
      { sub: 'a' },
      'validation expression must return a boolean',
    ],
  ];
  test.each(cases)('%s', (_, extra, claims, message) => {
    expect(() => userOfClaims(config(extra), claims)).toThrow(message);
  });
});
