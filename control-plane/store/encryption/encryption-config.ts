import { VigilError } from '../../../lib/errors.ts';
import { yaml } from '../../../lib/lazy-yaml.ts';

/** A key as it is configured: AES-128, -192 or -256 by its length. */
export interface NamedKey {
  readonly name: string;
  readonly secret: Buffer;
}

export type EncryptionProvider =
  | { readonly kind: 'aesgcm'; readonly keys: readonly NamedKey[] }
  /** As it is, in the clear. */
  | { readonly kind: 'identity' };

/** How the values of all keys with a prefix are kept: written by the first provider with its first key, read by any. */
export interface EncryptionRule {
  /** `core/secrets/`, `apps/`, or the empty one of everything. */
  readonly prefix: string;
  readonly providers: readonly EncryptionProvider[];
}

const API_VERSION = 'apiserver.config.k8s.io/v1';
const KEY_BYTES = [16, 24, 32];

/**
 * The rules of an `EncryptionConfiguration` (YAML or JSON), in its order: the first that means a key counts. Providers are `aesgcm` and `identity`. Throws a
 * `VigilError` that names the field; never says what a secret was.
 */
export function parseEncryptionConfig(text: string): readonly EncryptionRule[] {
  const config = asObject(parseText(text), '');
  if (config['kind'] !== 'EncryptionConfiguration') throw wrong('kind', 'must be EncryptionConfiguration');
  if (config['apiVersion'] !== API_VERSION) throw wrong('apiVersion', `must be ${API_VERSION}`);
  return asArray(config['resources'], 'resources').flatMap((item, at) => {
    const path = `resources[${at}]`;
    const entry = asObject(item, path);
    const providers = asArray(entry['providers'], `${path}.providers`).map((provider, index) =>
      parseProvider(provider, `${path}.providers[${index}]`),
    );
    return asArray(entry['resources'], `${path}.resources`).map((resource, index) => ({
      prefix: prefixOf(resource, `${path}.resources[${index}]`),
      providers,
    }));
  });
}

function parseText(text: string): unknown {
  try {
    // JSON is what `kctl up` writes; the YAML library costs memory.
    return text.trimStart().startsWith('{') ? JSON.parse(text) : yaml().parse(text);
  } catch {
    // A parser's message would quote the text around the error, and that may be a key.
    throw new VigilError('ENCRYPTION_CONFIG', 'invalid', 'the encryption configuration is neither YAML nor JSON');
  }
}

/** `secrets`, `deployments.apps`, and the wildcards `*.apps`, `*.` (the core group) and `*.*`. */
function prefixOf(resource: unknown, path: string): string {
  if (typeof resource !== 'string' || resource === '') throw wrong(path, 'must be the name of a resource');
  if (resource === '*.*') return '';
  if (resource === '*')
    throw wrong(path, "use '*.' for all resources of the core group, or '*.*' for all resources of all groups");
  const dot = resource.indexOf('.');
  const plural = dot < 0 ? resource : resource.slice(0, dot);
  const group = (dot < 0 ? '' : resource.slice(dot + 1)) || 'core';
  if (plural === '' || group.includes('*') || resource.includes('/')) throw wrong(path, `${resource} is no resource`);
  return plural === '*' ? `${group}/` : `${group}/${plural}/`;
}

function parseProvider(value: unknown, path: string): EncryptionProvider {
  const provider = asObject(value, path);
  const [kind, ...more] = Object.keys(provider);
  if (kind === undefined || more.length > 0) throw wrong(path, 'must name one provider');
  if (kind === 'identity') return { kind };
  if (kind !== 'aesgcm') throw wrong(`${path}.${kind}`, 'is not supported: providers are aesgcm and identity');
  const keys = asArray(asObject(provider[kind], `${path}.${kind}`)['keys'], `${path}.${kind}.keys`);
  const named = keys.map((key, at) => parseKey(key, `${path}.${kind}.keys[${at}]`));
  if (new Set(named.map((key) => key.name)).size < named.length)
    throw wrong(`${path}.${kind}.keys`, 'two keys have the same name');
  return { kind, keys: named };
}

function parseKey(value: unknown, path: string): NamedKey {
  const { name, secret } = asObject(value, path);
  if (typeof name !== 'string' || !/^[^:\s]+$/.test(name)) throw wrong(`${path}.name`, 'must be a name without colon');
  if (typeof secret !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(secret))
    throw wrong(`${path}.secret`, 'must be base64');
  const bytes = Buffer.from(secret, 'base64');
  if (!KEY_BYTES.includes(bytes.length))
    throw wrong(`${path}.secret`, `has ${bytes.length} bytes: must be one of ${KEY_BYTES.join(', ')}`);
  return { name, secret: bytes };
}

function asObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'must be an object');
  return value as Readonly<Record<string, unknown>>;
}

function asArray(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw wrong(path, 'must be a list that is not empty');
  return value;
}

function wrong(path: string, what: string): VigilError {
  return new VigilError(
    'ENCRYPTION_CONFIG',
    'invalid',
    `the encryption configuration is not valid: ${path === '' ? '' : `${path} `}${what}`,
  );
}
