import { randomBytes } from 'node:crypto';
import type { Secret } from '../../lib/kube/types.ts';

/** Signing key and password of the demo's `auth`, random for each cluster: there are no default passwords. */
export function demoSecret(): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'auth-key', namespace: 'default', labels: { 'app.kubernetes.io/part-of': 'demo' } },
    type: 'Opaque',
    stringData: { key: randomBytes(32).toString('hex'), password: randomBytes(9).toString('base64url') },
  };
}
