import { Sealing } from '../../../control-plane/store/encryption/sealing.ts';

/** Everything is encrypted with one key, and nothing in the clear is read. */
export function everythingSealed(): Sealing {
  return new Sealing([
    { prefix: '', providers: [{ kind: 'aesgcm', keys: [{ name: 'test', secret: Buffer.alloc(32, 7) }] }] },
  ]);
}
