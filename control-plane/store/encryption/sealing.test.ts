import { describe, expect, test } from 'vitest';
import type { EncryptionProvider } from './encryption-config.ts';
import { isSealed, Sealing } from './sealing.ts';

const KEY = 'core/secrets/default/a';
const value = Buffer.from('{"data":"hunter2"}');
const aesgcm = (...names: readonly string[]): EncryptionProvider => ({
  kind: 'aesgcm',
  keys: names.map((name) => ({ name, secret: Buffer.alloc(32, name) })),
});
const identity: EncryptionProvider = { kind: 'identity' };
const sealing = (...providers: readonly EncryptionProvider[]) => new Sealing([{ prefix: 'core/secrets/', providers }]);
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

describe('a sealed value', () => {
  const one = sealing(aesgcm('one'), identity);

  test('begins with the name of its key, holds nothing of the value, and is another one each time', () => {
    const [first, second] = [one.seal(KEY, value), one.seal(KEY, value)];
    expect(text(first)).toMatch(/^k8s:enc:aesgcm:v1:one:/);
    expect(text(first)).not.toContain('hunter2');
    expect(first).toHaveLength('k8s:enc:aesgcm:v1:one:'.length + 12 + value.length + 16);
    expect(text(first)).not.toBe(text(second));
    expect(one.open(KEY, first)).toEqual({ value, isStale: false });
  });

  test('is made of the kinds that the configuration names only', () => {
    for (const key of ['core/pods/default/a', 'core/secretsandmore/a']) {
      expect(one.seal(key, value)).toBe(value);
      expect(one.passes(key, value)).toBe(true);
    }
    expect(one.passes(KEY, value)).toBe(false);
    expect(one.passes('core/pods/default/a', one.seal(KEY, value))).toBe(false);
  });

  test.each<[string, string, (sealed: Buffer) => Buffer]>([
    ['under the key of another object', 'core/secrets/default/b', (sealed) => sealed],
    ['with a bit turned', KEY, (sealed) => (sealed.writeUInt8((sealed.at(-1) ?? 0) ^ 1, sealed.length - 1), sealed)],
    ['cut short', KEY, (sealed) => sealed.subarray(0, 40)],
  ])('does not open %s', (_, key, change) => {
    const sealed = change(Buffer.from(one.seal(KEY, value)));
    expect(one.open(key, sealed)).toEqual({
      problem: `${key} cannot be decrypted with the key "one" (aesgcm): it was another key, or the value is damaged`,
    });
  });

  test.each<[string, Sealing, object]>([
    [
      'another key of the same name',
      sealing({ kind: 'aesgcm', keys: [{ name: 'one', secret: Buffer.alloc(32, 9) }] }),
      { problem: expect.stringContaining('cannot be decrypted with the key "one"') as string },
    ],
    [
      'other keys',
      sealing(aesgcm('two')),
      { problem: `${KEY} is encrypted with the key "one" (aesgcm), which is not configured` },
    ],
    [
      'no configuration',
      new Sealing([]),
      { problem: `${KEY} is encrypted with the key "one" (aesgcm), which is not configured` },
    ],
    ['a newer key first', sealing(aesgcm('two', 'one')), { value, isStale: true }],
    ['a newer key last', sealing(aesgcm('one', 'two')), { value, isStale: false }],
    ['a newer provider first', sealing(aesgcm('two'), aesgcm('one')), { value, isStale: true }],
    ['encryption on its way out', sealing(identity, aesgcm('one')), { value, isStale: true }],
  ])('read with %s', (_, reader, outcome) => {
    expect(reader.open(KEY, one.seal(KEY, value))).toEqual(outcome);
  });

  test.each<[string, Sealing, object]>([
    ['aesgcm and identity', one, { value, isStale: true }],
    ['identity first', sealing(identity, aesgcm('one')), { value, isStale: false }],
    [
      'aesgcm alone',
      sealing(aesgcm('one')),
      { problem: `${KEY} is not encrypted, and its resource has no identity provider` },
    ],
    ['no configuration', new Sealing([]), { value, isStale: false }],
  ])('in the clear, read with %s', (_, reader, outcome) => {
    expect(reader.open(KEY, value)).toEqual(outcome);
  });

  test('of a provider that is not known is said to be that', () => {
    const stored = Buffer.from('k8s:enc:kms:v2:name:...');
    expect(isSealed(stored)).toBe(true);
    expect(one.open(KEY, stored)).toEqual({ problem: `${KEY} is encrypted in a way that is not known here` });
  });
});
