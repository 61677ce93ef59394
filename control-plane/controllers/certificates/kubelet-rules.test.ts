import { describe, expect, test } from 'vitest';
import type { RequestedIdentity } from '../../../lib/pki-requests.ts';
import { autoApprovals, kubeletClientSigner, signingProblem } from './kubelet-rules.ts';

const asked = (over: Partial<RequestedIdentity> = {}): RequestedIdentity => ({
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  dnsNames: [],
  ipAddresses: [],
  emails: [],
  uris: [],
  ...over,
});
const client = ['key encipherment', 'digital signature', 'client auth'];
const serving = 'kubernetes.io/kubelet-serving';

describe('a certificate for a node', () => {
  test.each<[string, RequestedIdentity, readonly string[], string | undefined]>([
    [kubeletClientSigner, asked(), client, undefined],
    [kubeletClientSigner, asked(), ['digital signature', 'client auth'], undefined],
    [
      kubeletClientSigner,
      asked({ organizations: ['system:masters'] }),
      client,
      'subject organization is not system:nodes',
    ],
    [
      kubeletClientSigner,
      asked({ organizations: ['system:nodes', 'system:masters'] }),
      client,
      'subject organization is not system:nodes',
    ],
    [
      kubeletClientSigner,
      asked({ commonName: 'admin' }),
      client,
      'subject common name does not begin with system:node:',
    ],
    [kubeletClientSigner, asked({ dnsNames: ['a'] }), client, 'DNS subjectAltNames are not allowed'],
    [kubeletClientSigner, asked({ ipAddresses: ['10.0.0.1'] }), client, 'IP subjectAltNames are not allowed'],
    [kubeletClientSigner, asked({ emails: ['a@b'] }), client, 'Email subjectAltNames are not allowed'],
    [kubeletClientSigner, asked({ uris: ['urn:a'] }), client, 'URI subjectAltNames are not allowed'],
    [kubeletClientSigner, asked(), [...client, 'server auth'], 'usages did not match [digital signature client auth]'],
    [kubeletClientSigner, asked(), ['client auth'], 'usages did not match [digital signature client auth]'],
    [serving, asked({ ipAddresses: ['10.0.0.1'] }), ['digital signature', 'server auth'], undefined],
    [serving, asked(), ['digital signature', 'server auth'], 'DNS or IP subjectAltName is required'],
    [serving, asked({ dnsNames: ['n1'] }), client, 'usages did not match [digital signature server auth]'],
    [
      'kubernetes.io/kube-apiserver-client',
      asked({ commonName: 'ann', organizations: [] }),
      ['client auth'],
      undefined,
    ],
  ])('by %s for %o and %o: %s', (signer, identity, usages, expected) => {
    expect(signingProblem(signer, identity, usages)).toBe(expected);
  });

  test('is approved by itself for a node’s own name, or for who may bring nodes in', () => {
    const spec = { signerName: kubeletClientSigner, usages: client };
    expect(autoApprovals({ ...spec, username: 'system:node:n1' }, asked())).toEqual(['selfnodeclient', 'nodeclient']);
    expect(autoApprovals({ ...spec, username: 'system:bootstrap:abcdef' }, asked())).toEqual(['nodeclient']);
    expect(autoApprovals({ ...spec, username: 'system:node:n2' }, asked())).toEqual(['nodeclient']);
    expect(autoApprovals(spec, asked({ commonName: 'admin' }))).toEqual([]);
    expect(autoApprovals({ ...spec, signerName: serving }, asked({ dnsNames: ['n1'] }))).toEqual([]);
  });
});
