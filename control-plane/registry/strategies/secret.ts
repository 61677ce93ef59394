import type { Secret } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { immutableDetail, invalidValue, requiredValue } from './field-errors.ts';
import { decodedSize, validateImmutable, validateKeys, validateSize } from './key-value-validation.ts';

const ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name';

/** Keys that a Secret of a well-known type must have. */
const requiredKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
]);

/** Keys that must hold JSON. */
const jsonKeys: ReadonlySet<string> = new Set(['.dockercfg', '.dockerconfigjson']);

export const secretStrategy: Strategy<Secret> = {
  default(secret) {
    secret.type ||= 'Opaque';
    if (!secret.stringData) return;
    const encoded = Object.entries(secret.stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
    secret.data = { ...secret.data, ...(Object.fromEntries(encoded) as Record<string, string>) };
    delete secret.stringData;
  },
  validate: (secret) => [
    ...validateKeys('data', secret.data),
    ...validateSize('data', secret.data, decodedSize),
    ...validateType(secret),
  ],
  validateUpdate: (secret, old) => [
    ...(secret.type === old.type ? [] : [invalidValue('type', secret.type, immutableDetail)]),
    ...validateImmutable(secret, old, ['data']),
  ],
};

function validateType({ type = '', data = {}, metadata }: Secret): readonly FieldError[] {
  if (type === 'kubernetes.io/service-account-token') {
    return metadata?.annotations?.[ACCOUNT_ANNOTATION]
      ? []
      : [requiredValue(`metadata.annotations[${ACCOUNT_ANNOTATION}]`)];
  }
  if (type === 'kubernetes.io/basic-auth') {
    return data['username'] === undefined && data['password'] === undefined
      ? [requiredValue('data[username]'), requiredValue('data[password]')]
      : [];
  }
  return (requiredKeys.get(type) ?? []).flatMap((key) => {
    const value = data[key];
    if (value === undefined) return [requiredValue(`data[${key}]`)];
    return jsonKeys.has(key) && !isJson(value)
      ? [invalidValue(`data[${key}]`, '<secret contents redacted>', 'invalid character in JSON')]
      : [];
  });
}

function isJson(base64: string): boolean {
  try {
    JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
