import type { Volume } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { named, oneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField, invalidValue, requiredValue } from './field-errors.ts';
import { validateForeignSource, volumeSources } from './foreign-volumes.ts';
import { validateProjected } from './projected-validation.ts';
import { downwardFiles, fileMode, keysToPaths } from './volume-files.ts';

export const hostPathTypes = [
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
    const own = [...validateSource(volume, place), ...named(`${place}.name`, volume.name)];
    if (names.has(volume.name)) own.push(duplicateValue(`${place}.name`, volume.name));
    // What is wrong is not there for others either.
    if (own.length === 0) names.add(volume.name);
    errors.push(...own);
  }
  return errors;
}

/** Of several sources the first is looked at, in the order in which upstream looks for them. */
function validateSource(volume: Volume, at: string): readonly FieldError[] {
  const [first, ...others] = volumeSources.filter((source) => volume[source] !== undefined);
  if (!first) return [requiredValue(at, 'must specify a volume type')];
  return [
    ...others.map((source) => forbiddenField(`${at}.${source}`, 'may not specify more than 1 volume type')),
    ...validateOwnSource({ [first]: volume[first] }, at),
    ...validateForeignSource(first, volume[first] as Readonly<Record<string, unknown>>, at),
  ];
}

/** Files that the node itself makes. */
function validateOwnSource(volume: Partial<Volume>, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { secret, configMap, hostPath, emptyDir, projected, downwardAPI, persistentVolumeClaim } = volume;
  if (secret) {
    if (!secret.secretName) errors.push(requiredValue(`${at}.secret.secretName`));
    errors.push(
      ...fileMode(`${at}.secret.defaultMode`, secret.defaultMode),
      ...keysToPaths(secret.items, `${at}.secret.items`),
    );
  }
  if (configMap) {
    if (!configMap.name) errors.push(requiredValue(`${at}.configMap.name`));
    errors.push(
      ...fileMode(`${at}.configMap.defaultMode`, configMap.defaultMode),
      ...keysToPaths(configMap.items, `${at}.configMap.items`),
    );
  }
  if (hostPath) errors.push(...validateHostPath(hostPath, `${at}.hostPath`));
  if (emptyDir?.sizeLimit?.startsWith('-')) {
    errors.push(forbiddenField(`${at}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
  }
  if (downwardAPI) {
    errors.push(
      ...fileMode(`${at}.downwardAPI.defaultMode`, downwardAPI.defaultMode),
      ...downwardFiles(downwardAPI.items, `${at}.downwardAPI`),
    );
  }
  if (persistentVolumeClaim && !persistentVolumeClaim.claimName) {
    errors.push(requiredValue(`${at}.persistentVolumeClaim.claimName`));
  }
  if (projected) errors.push(...validateProjected(projected, `${at}.projected`));
  return errors;
}

function validateHostPath({ path, type }: NonNullable<Volume['hostPath']>, at: string): readonly FieldError[] {
  if (!path) return [requiredValue(`${at}.path`)];
  const detail = "must not contain '..'";
  const errors = path.split('/').includes('..') ? [invalidValue(`${at}.path`, path, detail)] : [];
  return [...errors, ...oneOf(`${at}.type`, type, hostPathTypes)];
}
