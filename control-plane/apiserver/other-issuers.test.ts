import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';
import { TokenIssuer } from '../../test/servers/token-issuer.ts';
import { yaml } from '../../lib/lazy-yaml.ts';
import { tokenIssuer } from '../auth/service-account-tokens.ts';

let issuer: TokenIssuer;
let dir: string;
let api: ApiUnderTest;
const file = () => join(dir, 'authentication.yaml');

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vigil-issuers-'));
  issuer = await TokenIssuer.start();
  await issuer.rollKey('one', 'ES256');
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt: [
      {
        issuer: { url: issuer.url, audiences: ['vigil'], certificateAuthority: issuer.ca.cert },
        claimMappings: { username: { claim: 'sub', prefix: 'oidc:' }, groups: { claim: 'groups', prefix: 'oidc:' } },
      },
    ],
  };
  await writeFile(file(), yaml().stringify(configuration));
  api = await ApiUnderTest.start({ config: { authenticationConfigFile: file() } });
});
afterAll(async () => {
  await api.stop();
  await issuer.stop();
  await rm(dir, { recursive: true, force: true });
});

const token = (claims: object = {}, seconds?: number) =>
  issuer.token({ sub: 'jane', aud: 'vigil', groups: ['dev'], ...claims }, { nowMs: api.clock.now(), seconds });

test('a user of another issuer is who his token says, and may what his groups may', async () => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const answer = await api.send('POST', path, { body, token: await token() });
  expect(answer.json()).toMatchObject({
    status: { userInfo: { username: 'oidc:jane', groups: ['oidc:dev', 'system:authenticated'] } },
  });
  const nodes = () => token().then((one) => api.send('GET', '/api/v1/nodes', { token: one }));
  expect((await nodes()).json()['message']).toContain('User "oidc:jane" cannot list resource "nodes"');
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  await api.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    body: { metadata: { name: 'dev' }, roleRef: role, subjects: [{ kind: 'Group', name: 'oidc:dev' }] },
  });
  expect((await nodes()).status).toBe(200);
});

test('a token that does not hold is nobody’s', async () => {
  for (const refused of [await token({ aud: 'somebody' }), await token({}, -60)]) {
    const answer = await api.send('GET', '/version', { token: refused });
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ reason: 'Unauthorized' });
  }
});

test('a review knows tokens of both, for this API alone', async () => {
  const review = async (shown: string, audiences?: string[]) => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: shown, audiences } };
    return (await api.send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body })).json()['status'];
  };
  expect(await review(await token())).toMatchObject({
    authenticated: true,
    user: { username: 'oidc:jane' },
    audiences: [tokenIssuer],
  });
  expect(await review(await token(), ['vault'])).toMatchObject({ authenticated: false });
  expect(await review(await api.tokenOf('robot'))).toMatchObject({
    user: { username: 'system:serviceaccount:kube-system:robot' },
  });
});

test('a configuration that is wrong stops the server from starting, and says where', async () => {
  const wrong = join(dir, 'wrong.yaml');
  await writeFile(
    wrong,
    'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- isuer: {}\n',
  );
  await expect(ApiUnderTest.start({ config: { authenticationConfigFile: wrong } })).rejects.toThrow(
    'authentication configuration: unknown field "jwt[0].isuer"',
  );
});
