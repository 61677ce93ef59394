import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { ApiObject } from '../api-client.ts';
import { expectApiOperations, expectGone, updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start();
});
afterAll(() => on?.stop());

async function certificateRequest(): Promise<string> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=e2e-example',
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  return Buffer.from(request.toString('pem')).toString('base64');
}

test('[sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations', async () => {
  const spec = {
    request: await certificateRequest(),
    signerName: 'example.com/e2e',
    usages: ['digital signature', 'key encipherment', 'server auth'],
  };
  await expectApiOperations(on.api, {
    group: 'certificates.k8s.io',
    version: 'v1',
    plural: 'certificatesigningrequests',
    prefix: 'csr',
    object: { spec },
    subresources: ['approval', 'status'],
  });
  const collection = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const condition = (type: string) => ({ type, status: 'True', reason: 'E2E', message: 'Set by a test' });
  const typesOf = ({ status }: ApiObject) =>
    ((status?.['conditions'] ?? []) as readonly { readonly type: string }[]).map(({ type }) => type);
  await on.api.post(collection, { metadata: { name: 'decided' }, spec });
  const path = `${collection}/decided`;
  const patched = await on.api.patch(`${path}/approval`, {
    metadata: { annotations: { patchedapproval: 'true' } },
    status: { conditions: [condition('ApprovalPatch')] },
  });
  expect(typesOf(patched)).toEqual(['ApprovalPatch']);
  expect(patched.metadata.annotations).toMatchObject({ patchedapproval: 'true' });
  const approved = await updateWith(on.api, `${path}/approval`, (object) => ({
    ...object,
    status: { conditions: [condition('ApprovalPatch'), condition('Approved')] },
  }));
  expect(typesOf(approved)).toEqual(['ApprovalPatch', 'Approved']);
  expect(typesOf(await on.api.get(`${path}/approval`))).toEqual(['ApprovalPatch', 'Approved']);

  const patchedStatus = await on.api.patch(`${path}/status`, {
    metadata: { annotations: { patchedstatus: 'true' } },
    status: { conditions: [condition('ApprovalPatch'), condition('Approved'), condition('StatusPatch')] },
  });
  expect(typesOf(patchedStatus)).toContain('StatusPatch');
  const updated = await updateWith(on.api, `${path}/status`, (object) => ({
    ...object,
    status: {
      conditions: [
        ...((object.status?.['conditions'] ?? []) as readonly object[]),
        { ...condition('StatusUpdate'), status: 'True' },
      ],
    },
  }));
  expect(typesOf(updated)).toEqual(['ApprovalPatch', 'Approved', 'StatusPatch', 'StatusUpdate']);
  expect(typesOf(await on.api.get(`${path}/status`))).toContain('StatusUpdate');
});

interface TokenRequest {
  readonly status: { readonly token: string };
}

const tokenOf = async (namespace: string, name: string) =>
  (
    await on.api.post<TokenRequest>(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3600 },
    })
  ).status.token;

test('[sig-auth] ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview', async () => {
  const namespace = await on.namespace();
  await on.api.post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'reviewed' } });
  const token = await tokenOf(namespace, 'reviewed');
  expect(token).not.toBe('');
  const { status } = await on.api.post('/apis/authentication.k8s.io/v1/tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token },
  });
  expect(status).toMatchObject({
    authenticated: true,
    user: { username: `system:serviceaccount:${namespace}:reviewed` },
  });
  expect(status?.['error'] ?? '').toBe('');
});

test('[sig-auth] ServiceAccounts ServiceAccountIssuerDiscovery should support OIDC discovery of service account issuer', async () => {
  const namespace = await on.namespace();
  const pod = on.api.as({ token: await tokenOf(namespace, 'default') });
  const found = await pod.send('GET', '/.well-known/openid-configuration');
  expect(found.status, found.text).toBe(200);
  const configuration = found.json<Readonly<Record<string, unknown>>>();
  expect(configuration).toMatchObject({
    issuer: expect.any(String),
    jwks_uri: expect.stringMatching(/\/openid\/v1\/jwks$/),
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
  });
  const { keys } = (await pod.send('GET', '/openid/v1/jwks')).json<{ keys: readonly JsonWebKeyWithId[] }>();
  // The pod's own token is of this issuer and signed by one of these keys.
  const token = await tokenOf(namespace, 'default');
  const [head = '', body = '', signature = ''] = token.split('.');
  const part = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Record<string, string>;
  expect(part(body)['iss']).toBe(configuration['issuer']);
  const { alg, kid } = part(head);
  const jwk = keys.find((key) => key.kid === kid);
  expect(jwk, `the key ${kid} of ${alg}`).toBeDefined();
  expect(alg).toBe('ES256');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('jwk', jwk ?? {}, algorithm, false, ['verify']);
  const isSigned = await crypto.subtle.verify(
    algorithm,
    key,
    Buffer.from(signature, 'base64url'),
    Buffer.from(`${head}.${body}`),
  );
  expect(isSigned).toBe(true);
  pod.close();
});

interface JsonWebKeyWithId extends JsonWebKey {
  readonly kid?: string;
}

test('[sig-auth] ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace', async () => {
  const namespace = await on.namespace();
  const path = `/api/v1/namespaces/${namespace}/configmaps/kube-root-ca.crt`;
  const certificate = () =>
    eventually('the certificate is there', async () => {
      const answer = await on.api.send('GET', path);
      const text = answer.status === 200 ? answer.json().data?.['ca.crt'] : undefined;
      return text?.includes('BEGIN CERTIFICATE') ? text : undefined;
    });
  const original = await certificate();
  await on.api.delete(path);
  expect(await certificate()).toBe(original);
  await on.api.patch(path, { data: { 'ca.crt': '' } });
  expect(await certificate()).toBe(original);
});

test('[sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount', async () => {
  const namespace = await on.namespace();
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const selected = 'labelSelector=test-serviceaccount-static%3Dtrue';
  const watch = await on.api.watch(`${accounts}?${selected}`);
  await on.api.post(accounts, { metadata: { name: 'living', labels: { 'test-serviceaccount-static': 'true' } } });
  await watch.until('the account', ({ type }) => type === 'ADDED');
  const patch = { automountServiceAccountToken: false };
  expect(await on.api.patch(`${accounts}/living`, patch, 'strategic')).toMatchObject(patch);
  const { items } = await on.api.list(`/api/v1/serviceaccounts?${selected}`);
  expect(items).toMatchObject([{ metadata: { name: 'living', namespace }, automountServiceAccountToken: false }]);
  await on.api.delete(`${accounts}?${selected}`);
  await watch.until('the end', ({ type }) => type === 'DELETED');
  await expectGone(on.api, `${accounts}/living`);
  watch.close();
});

test('[sig-auth] ServiceAccounts should update a ServiceAccount', async () => {
  const namespace = await on.namespace();
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const created = await on.api.post(accounts, {
    metadata: { name: 'updated' },
    automountServiceAccountToken: false,
  });
  expect(created).toMatchObject({ automountServiceAccountToken: false });
  const updated = await updateWith(on.api, `${accounts}/updated`, (object) => ({
    ...object,
    automountServiceAccountToken: true,
  }));
  expect(updated).toMatchObject({ automountServiceAccountToken: true });
});

test('[sig-auth] SubjectReview should support SubjectReview API operations', async () => {
  const namespace = await on.namespace();
  await on.api.post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'asked' } });
  const user = `system:serviceaccount:${namespace}:asked`;
  const account = on.api.impersonating(user);
  const answers = async (path: string, spec: object) =>
    (
      await on.api.post<{ status: { allowed: boolean } }>(path, {
        apiVersion: 'authorization.k8s.io/v1',
        kind: path.includes('local') ? 'LocalSubjectAccessReview' : 'SubjectAccessReview',
        ...(path.includes('local') ? { metadata: { namespace } } : {}),
        spec: { user, groups: ['system:serviceaccounts', 'system:authenticated'], ...spec },
      })
    ).status.allowed;
  const configMaps = { verb: 'list', resource: 'configmaps', namespace, version: 'v1' };
  const expectSameAs = async (isAllowed: boolean) => {
    const { status } = await account.send('GET', `/api/v1/namespaces/${namespace}/configmaps`);
    expect(status).toBe(isAllowed ? 200 : 403);
    const review = { resourceAttributes: configMaps };
    expect(await answers('/apis/authorization.k8s.io/v1/subjectaccessreviews', review)).toBe(isAllowed);
    const local = `/apis/authorization.k8s.io/v1/namespaces/${namespace}/localsubjectaccessreviews`;
    expect(await answers(local, review)).toBe(isAllowed);
  };
  await expectSameAs(false);
  await on.api.post(`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    metadata: { name: 'may-look' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'asked', namespace }],
  });
  await expectSameAs(true);
  account.close();
});
