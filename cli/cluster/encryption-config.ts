import { createHash } from 'node:crypto';

/**
 * The `EncryptionConfiguration` of a new cluster: secrets by AES-256-GCM, and what an earlier version has written in the clear can be read. The key's name is taken
 * from the key, so that another one, made when this file was lost, is not mistaken for it.
 */
export function newEncryptionConfig(secret: Buffer): string {
  const name = `key-${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`;
  const config = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [
      {
        resources: ['secrets'],
        providers: [{ aesgcm: { keys: [{ name, secret: secret.toString('base64') }] } }, { identity: {} }],
      },
    ],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
