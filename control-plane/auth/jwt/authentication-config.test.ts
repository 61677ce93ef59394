import { describe, expect, test } from 'vitest';
import { parseAuthentication } from './authentication-config.ts';

const own = ['https://kubernetes.default.svc.cluster.local'];
const document = (jwt: object, extra: object = {}) => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AuthenticationConfiguration',
  jwt: [
    {
      issuer: { url: 'https://issuer.example.com', audiences: ['vigil'] },
      claimMappings: { username: { claim: 'sub', prefix: '' } },
      ...jwt,
    },
  ],
  ...extra,
});

function problem(value: unknown): string {
  try {
    parseAuthentication(value, own);
    return '';
  } catch (error) {
    return (error as Error).message.replace('authentication configuration: ', '');
  }
}

test('a whole configuration is taken', () => {
  const whole = document({
    issuer: {
      url: 'https://issuer.example.com/',
      discoveryURL: 'https://elsewhere.example.com/.well-known/openid-configuration',
      audiences: ['a', 'b'],
      audienceMatchPolicy: 'MatchAny',
    },
    claimValidationRules: [
      { claim: 'hd', requiredValue: 'example.com' },
      { expression: 'claims.exp - claims.nbf <= 86400', message: 'too long' },
    ],
    claimMappings: {
      username: { expression: 'claims.email_verified ? claims.email : "unverified"' },
      groups: { claim: 'roles', prefix: 'oidc:' },
      uid: { claim: 'sub' },
      extra: [{ key: 'example.com/tenant', valueExpression: 'claims.tenant' }],
    },
    userValidationRules: [{ expression: "!user.username.startsWith('system:')", message: 'reserved' }],
  });
  expect(parseAuthentication(whole, own).jwt).toEqual(whole.jwt);
  expect(
    parseAuthentication(document({}, { apiVersion: 'apiserver.config.k8s.io/v1beta1', jwt: null }), own).jwt,
  ).toEqual([]);
});

describe('a configuration is refused', () => {
  const issuer = (extra: object) => document({ issuer: { url: 'https://i.example.com', audiences: ['a'], ...extra } });
  const mappings = (extra: object) => document({ claimMappings: { username: { claim: 'sub', prefix: '' }, ...extra } });
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['that is none', undefined, 'expected AuthenticationConfiguration'],
    ['of another kind', document({}, { kind: 'Policy' }), 'apiVersion, kind: expected AuthenticationConfiguration of'],
    [
      'with an unknown field',
      issuer({ egressSelectorType: 'cluster' }),
      'unknown field "jwt[0].issuer.egressSelectorType"',
    ],
    ['with a field of another type', issuer({ audiences: 'a' }), 'jwt[0].issuer.audiences: expected a list'],
    ['with a number for a text', issuer({ url: 7 }), 'jwt[0].issuer.url: expected a string'],
    [
      'in the open',
      issuer({ url: 'http://i.example.com' }),
      'jwt[0].issuer.url: Invalid value: "http://i.example.com": URL scheme must be https',
    ],
    [
      'for tokens of this cluster',
      issuer({ url: own[0] }),
      'URL must not overlap with disallowed issuers: [https://kubernetes',
    ],
    [
      'without audience',
      issuer({ audiences: [] }),
      'jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required',
    ],
    [
      'with audiences that may mean all',
      issuer({ audiences: ['a', 'b'] }),
      'audienceMatchPolicy must be MatchAny for multiple audiences',
    ],
    [
      'with the issuer as its discovery',
      issuer({ discoveryURL: 'https://i.example.com/' }),
      'discoveryURL must be different from URL',
    ],
    [
      'with no certificate',
      issuer({ certificateAuthority: 'x' }),
      'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>"',
    ],
    [
      'with the same issuer twice',
      { ...document({}), jwt: [...document({}).jwt, ...document({}).jwt] },
      'jwt[1].issuer.url: Duplicate value: "https://issuer.example.com"',
    ],
    [
      'without a user',
      document({ claimMappings: {} }),
      'jwt[0].claimMappings.username: Required value: claim or expression is required',
    ],
    [
      'without a prefix',
      mappings({ groups: { claim: 'groups' } }),
      'jwt[0].claimMappings.groups.prefix: Required value: prefix is required when claim is set',
    ],
    [
      'with an expression that cannot be read',
      mappings({ uid: { expression: 'claims.' } }),
      'jwt[0].claimMappings.uid.expression: Invalid value: "claims.": compilation failed: ERROR: <input>:1:',
    ],
    [
      'that speaks of what is not there',
      document({ userValidationRules: [{ expression: 'claims.sub != ""' }] }),
      'jwt[0].userValidationRules[0].expression: Invalid value: "claims.sub != \\"\\"": compilation failed',
    ],
    [
      'with keys of Kubernetes',
      mappings({ extra: [{ key: 'a.k8s.io/b', valueExpression: '"x"' }] }),
      'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
    ],
    [
      'with keys of nobody',
      mappings({ extra: [{ key: 'tenant', valueExpression: '"x"' }] }),
      'must be a domain-prefixed path',
    ],
    [
      'with addresses that nobody has checked',
      document({ claimMappings: { username: { expression: 'claims.email' } } }),
      'claims.email_verified must be used in',
    ],
    [
      'with a rule of two kinds',
      document({ claimValidationRules: [{ claim: 'a', expression: 'true' }] }),
      'jwt[0].claimValidationRules[0]: Invalid value: "a": claim and expression can\'t both be set',
    ],
  ];
  test.each(cases)('%s', (_, value, message) => {
    expect(problem(value)).toContain(message);
  });
});
