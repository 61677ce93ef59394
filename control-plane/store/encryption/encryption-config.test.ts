import { describe, expect, test } from 'vitest';
import { parseEncryptionConfig } from './encryption-config.ts';

const secret = Buffer.alloc(32, 1).toString('base64');
const config = (resources: readonly string[], providers: readonly unknown[]) =>
  JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources, providers }],
  });
const aesgcm = (...keys: readonly unknown[]) => ({ aesgcm: { keys } });

describe('an encryption configuration', () => {
  test.each([
    ['secrets', 'core/secrets/'],
    ['deployments.apps', 'apps/deployments/'],
    ['things.example.com', 'example.com/things/'],
    ['*.apps', 'apps/'],
    ['*.', 'core/'],
    ['*.*', ''],
  ])('means by %s the keys that begin with "%s"', (resource, prefix) => {
    expect(parseEncryptionConfig(config([resource], [{ identity: {} }]))).toEqual([
      { prefix, providers: [{ kind: 'identity' }] },
    ]);
  });

  test('is read from YAML, in its order', () => {
    const text = `
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets, configmaps]
    providers:
      - aesgcm:
          keys:
            - {name: new, secret: ${secret}}
            - {name: old, secret: ${Buffer.alloc(16, 2).toString('base64')}}
      - identity: {}
`;
    const providers = [
      {
        kind: 'aesgcm',
        keys: [
          { name: 'new', secret: Buffer.alloc(32, 1) },
          { name: 'old', secret: Buffer.alloc(16, 2) },
        ],
      },
      { kind: 'identity' },
    ];
    expect(parseEncryptionConfig(text)).toEqual([
      { prefix: 'core/secrets/', providers },
      { prefix: 'core/configmaps/', providers },
    ]);
  });

  test.each<[string, string, string]>([
    ['another kind', '{"kind":"Secret"}', 'kind must be EncryptionConfiguration'],
    ['text', ': [', 'neither YAML nor JSON'],
    ['no resources', config([], [{ identity: {} }]), 'resources[0].resources must be a list that is not empty'],
    ['a lone star', config(['*'], [{ identity: {} }]), "use '*.' for all resources of the core group"],
    ['a subresource', config(['pods/status'], [{ identity: {} }]), 'pods/status is no resource'],
    ['no providers', config(['secrets'], []), 'resources[0].providers must be a list that is not empty'],
    [
      'two providers in one',
      config(['secrets'], [{ identity: {}, ...aesgcm({ name: 'a', secret }) }]),
      'resources[0].providers[0] must name one provider',
    ],
    [
      'secretbox',
      config(['secrets'], [{ secretbox: { keys: [] } }]),
      'providers[0].secretbox is not supported: providers are aesgcm and identity',
    ],
    ['a name with a colon', config(['secrets'], [aesgcm({ name: 'a:b', secret })]), 'keys[0].name must be a name'],
    [
      'a short key',
      config(['secrets'], [aesgcm({ name: 'a', secret: 'c2hvcnQ=' })]),
      'keys[0].secret has 5 bytes: must be one of 16, 24, 32',
    ],
    ['no base64', config(['secrets'], [aesgcm({ name: 'a', secret: '***' })]), 'keys[0].secret must be base64'],
    [
      'two keys of one name',
      config(['secrets'], [aesgcm({ name: 'a', secret }, { name: 'a', secret })]),
      'two keys have the same name',
    ],
  ])('with %s is refused', (_, text, message) => {
    expect(() => parseEncryptionConfig(text)).toThrow(message);
  });

  test('that is damaged is refused without a word of its keys', () => {
    expect(() => parseEncryptionConfig(`{"secret":"${secret}" x`)).toThrow(
      'the encryption configuration is neither YAML nor JSON',
    );
  });
});
