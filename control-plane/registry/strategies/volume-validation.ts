import { isConfigMapKey, isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { Volume } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { named, oneOf, positive, relativePath } from './field-checks.ts';
import { duplicateValue, forbiddenField, invalidValue, requiredValue } from './field-errors.ts';

const MAX_MODE = 0o777;
/** A token that is refreshed more often than this would load the API for nothing. */
const MIN_TOKEN_SECONDS = 600;

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

export function validateVolumes(volumes: readonly Volume[], at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, volume] of volumes.entries()) {
    const place = `${at}[${index}]`;
    errors.push(...named(`${place}.name`, volume.name), ...validateSource(volume, place));
    if (names.has(volume.name)) errors.push(duplicateValue(`${place}.name`, volume.name));
    names.add(volume.name);
  }
  return errors;
}

function validateSource(volume: Volume, at: string): readonly FieldError[] {
  const sources = Object.entries(volume).filter(([field, value]) => field !== 'name' && value !== undefined);
  if (sources.length === 0) return [requiredValue(at, 'must specify a volume type')];
  const errors: FieldError[] = sources
    .slice(1)
    .map(([field]) => forbiddenField(`${at}.${field}`, 'may not specify more than 1 volume type'));
  const { secret, configMap, hostPath, emptyDir, projected, downwardAPI, persistentVolumeClaim } = volume;
  if (secret) {
    if (!secret.secretName) errors.push(requiredValue(`${at}.secret.secretName`));
    errors.push(...mode(`${at}.secret.defaultMode`, secret.defaultMode), ...items(secret.items, `${at}.secret.items`));
  }
  if (configMap) {
    if (!configMap.name) errors.push(requiredValue(`${at}.configMap.name`));
    errors.push(
      ...mode(`${at}.configMap.defaultMode`, configMap.defaultMode),
      ...items(configMap.items, `${at}.configMap.items`),
    );
  }
  if (hostPath) {
    if (!hostPath.path) errors.push(requiredValue(`${at}.hostPath.path`));
    else if (hostPath.path.split('/').includes('..')) {
      errors.push(invalidValue(`${at}.hostPath.path`, hostPath.path, "must not contain '..'"));
    }
    errors.push(...oneOf(`${at}.hostPath.type`, hostPath.type, hostPathTypes));
  }
  if (emptyDir?.sizeLimit?.startsWith('-')) {
    errors.push(forbiddenField(`${at}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
  }
  if (downwardAPI) errors.push(...mode(`${at}.downwardAPI.defaultMode`, downwardAPI.defaultMode));
  if (persistentVolumeClaim && !persistentVolumeClaim.claimName) {
    errors.push(requiredValue(`${at}.persistentVolumeClaim.claimName`));
  }
  if (projected) errors.push(...validateProjected(projected, `${at}.projected`));
  return errors;
}

function validateProjected(projected: NonNullable<Volume['projected']>, at: string): readonly FieldError[] {
  const errors: FieldError[] = [...mode(`${at}.defaultMode`, projected.defaultMode)];
  for (const [index, source] of (projected.sources ?? []).entries()) {
    const place = `${at}.sources[${index}]`;
    for (const [field] of Object.entries(source).slice(1)) {
      errors.push(forbiddenField(`${place}.${field}`, 'may not specify more than 1 volume type'));
    }
    for (const kind of ['secret', 'configMap'] as const) {
      const reference = source[kind];
      if (!reference) continue;
      errors.push(
        ...named(`${place}.${kind}.name`, reference.name, isDns1123Subdomain),
        ...items(reference.items, `${place}.${kind}.items`),
      );
    }
    const token = source.serviceAccountToken;
    if (!token) continue;
    if (!token.path) errors.push(requiredValue(`${place}.serviceAccountToken.path`));
    else errors.push(...relativePath(`${place}.serviceAccountToken.path`, token.path));
    const seconds = token.expirationSeconds;
    if (seconds !== undefined && seconds < MIN_TOKEN_SECONDS) {
      errors.push(
        invalidValue(
          `${place}.serviceAccountToken.expirationSeconds`,
          seconds,
          'may not specify a duration less than 10 minutes',
        ),
      );
    }
    errors.push(...positive(`${place}.serviceAccountToken.expirationSeconds`, seconds));
  }
  return errors;
}

function items(
  list: readonly { readonly key: string; readonly path: string; readonly mode?: number }[] | undefined,
  at: string,
): readonly FieldError[] {
  return (list ?? []).flatMap((item, index) => {
    const place = `${at}[${index}]`;
    return [
      ...named(`${place}.key`, item.key, isConfigMapKey),
      ...(item.path ? relativePath(`${place}.path`, item.path) : [requiredValue(`${place}.path`)]),
      ...mode(`${place}.mode`, item.mode),
    ];
  });
}

function mode(field: string, value: number | undefined): readonly FieldError[] {
  return value !== undefined && (value < 0 || value > MAX_MODE)
    ? [invalidValue(field, value, 'must be a number between 0 and 0777 (octal), both inclusive')]
    : [];
}
