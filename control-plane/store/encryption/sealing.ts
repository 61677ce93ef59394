import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EncryptionRule, NamedKey } from './encryption-config.ts';

/** What every encrypted value begins with; no JSON does. */
const SEALED = Buffer.from('k8s:enc:');
const FIRST_BYTE = SEALED[0];
const AES_GCM = 'k8s:enc:aesgcm:v1:';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The longest head that is looked at: prefix and name of the key. */
const MAX_HEAD_BYTES = 512;

/** A value that was read: what it says, or why nobody can tell. */
export type Opened =
  | {
      readonly value: Uint8Array;
      /** It would be written in another way today: by another key, or encrypted at all. */
      readonly isStale: boolean;
    }
  | { readonly problem: string };

/**
 * What an encryption configuration makes of values on their way to a store and back. AES-GCM with a random nonce for each write and the key of the value as
 * additional authenticated data, so that a value put under another key does not open. As upstream, `k8s:enc:aesgcm:v1:<name of the key>:` stands before nonce,
 * ciphertext and tag.
 */
export class Sealing {
  readonly #rules: readonly EncryptionRule[];
  readonly #byName = new Map<string, NamedKey[]>();

  /** Without rules everything is written in the clear. */
  constructor(rules: readonly EncryptionRule[]) {
    this.#rules = rules;
    for (const { providers } of rules) {
      for (const provider of providers) {
        if (provider.kind === 'aesgcm') for (const key of provider.keys) this.#keep(key);
      }
    }
  }

  /** Prefixes of the keys that rules are about. */
  get prefixes(): readonly string[] {
    return this.#rules.map((rule) => rule.prefix);
  }

  /** Whether a value as it lies in a store is none of this one's business: in the clear, and under a key that no rule is about. */
  passes(key: string, stored: Uint8Array): boolean {
    return stored[0] !== FIRST_BYTE && !this.#rules.some((rule) => key.startsWith(rule.prefix));
  }

  /** The value itself where the configuration wants it in the clear. */
  seal(key: string, value: Uint8Array): Uint8Array {
    const writing = this.#rules.find((rule) => key.startsWith(rule.prefix))?.providers[0];
    const [first] = writing?.kind === 'aesgcm' ? writing.keys : [];
    return first ? seal(key, value, first) : value;
  }

  open(key: string, stored: Uint8Array): Opened {
    const rule = this.#rules.find((one) => key.startsWith(one.prefix));
    if (stored[0] !== FIRST_BYTE || !isSealed(stored)) {
      if (!rule) return { value: stored, isStale: false };
      if (!rule.providers.some((provider) => provider.kind === 'identity'))
        return { problem: `${key} is not encrypted, and its resource has no identity provider` };
      return { value: stored, isStale: rule.providers[0]?.kind !== 'identity' };
    }
    const parts = partsOf(stored);
    if (!parts) return { problem: `${key} is encrypted in a way that is not known here` };
    const candidates = this.#byName.get(parts.keyName);
    if (!candidates)
      return { problem: `${key} is encrypted with the key "${parts.keyName}" (aesgcm), which is not configured` };
    const writing = rule?.providers[0];
    for (const candidate of candidates) {
      const value = open(key, parts.sealed, candidate);
      const isNewest = writing?.kind === 'aesgcm' && writing.keys[0] === candidate;
      if (value) return { value, isStale: rule !== undefined && !isNewest };
    }
    return {
      problem: `${key} cannot be decrypted with the key "${parts.keyName}" (aesgcm): it was another key, or the value is damaged`,
    };
  }

  #keep(key: NamedKey): void {
    const same = this.#byName.get(key.name);
    if (same) same.push(key);
    else this.#byName.set(key.name, [key]);
  }
}

/** Whether a value as it lies in a store is encrypted. */
export function isSealed(stored: Uint8Array): boolean {
  return SEALED.equals(stored.subarray(0, SEALED.length));
}

function seal(key: string, value: Uint8Array, { name, secret }: NamedKey): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(cipherOf(secret), secret, nonce);
  cipher.setAAD(Buffer.from(key));
  return Buffer.concat([
    Buffer.from(`${AES_GCM}${name}:`),
    nonce,
    cipher.update(value),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** `undefined` when key, name and value do not belong together. */
function open(key: string, sealed: Uint8Array, { secret }: NamedKey): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const tagAt = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(cipherOf(secret), secret, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(key));
  decipher.setAuthTag(sealed.subarray(tagAt));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, tagAt)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function cipherOf(secret: Buffer): 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' {
  return secret.length === 32 ? 'aes-256-gcm' : secret.length === 24 ? 'aes-192-gcm' : 'aes-128-gcm';
}

function partsOf(stored: Uint8Array): { readonly keyName: string; readonly sealed: Uint8Array } | undefined {
  const head = Buffer.from(stored.subarray(0, MAX_HEAD_BYTES)).toString('latin1');
  const end = head.indexOf(':', AES_GCM.length);
  if (!head.startsWith(AES_GCM) || end < 0) return undefined;
  const keyName = Buffer.from(stored.subarray(AES_GCM.length, end)).toString('utf8');
  return { keyName, sealed: stored.subarray(end + 1) };
}
