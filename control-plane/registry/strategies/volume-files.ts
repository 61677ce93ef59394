import type { Volume } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { relativePath } from './field-checks.ts';
import { invalidValue, requiredValue } from './field-errors.ts';
import { filePaths, validateFieldReference, validateResourceReference } from './field-references.ts';

type DownwardItems = NonNullable<Volume['downwardAPI']>['items'];

const MAX_MODE = 0o777;

export function fileMode(field: string, value: number | undefined): readonly FieldError[] {
  return value !== undefined && (value < 0 || value > MAX_MODE)
    ? [invalidValue(field, value, 'must be a number between 0 and 0777 (octal), both inclusive')]
    : [];
}

/** Keys of a ConfigMap or a Secret that become files, at `at`. */
export function keysToPaths(
  items: readonly { readonly key: string; readonly path: string; readonly mode?: number }[] | undefined,
  at: string,
): readonly FieldError[] {
  return (items ?? []).flatMap(({ key, path, mode }, index) => {
    const place = `${at}[${index}]`;
    return [
      ...(key ? [] : [requiredValue(`${place}.key`)]),
      ...filePath(`${place}.path`, path),
      ...fileMode(`${place}.mode`, mode),
    ];
  });
}

/** Fields of the pod that become files, of the volume or the source at `at`: upstream does not say which of them is wrong. */
export function downwardFiles(items: DownwardItems, at: string): readonly FieldError[] {
  return (items ?? []).flatMap(({ path, mode, fieldRef, resourceFieldRef }) => [
    ...filePath(`${at}.path`, path),
    ...(fieldRef && resourceFieldRef
      ? [invalidValue(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously')]
      : fieldRef
        ? validateFieldReference(`${at}.fieldRef`, fieldRef, filePaths)
        : resourceFieldRef
          ? resourceFile(resourceFieldRef, `${at}.resourceFieldRef`)
          : [requiredValue(at, 'one of fieldRef and resourceFieldRef is required')]),
    ...fileMode(`${at}.mode`, mode),
  ]);
}

/** A volume is the whole pod's, so that the container must be named. */
function resourceFile(
  reference: { readonly containerName?: string; readonly resource?: string; readonly divisor?: string },
  at: string,
): readonly FieldError[] {
  return reference.containerName ? validateResourceReference(at, reference) : [requiredValue(`${at}.containerName`)];
}

/** Where a file is, below the volume's mount. */
export function filePath(field: string, path: string | undefined): readonly FieldError[] {
  return path ? relativePath(field, path) : [requiredValue(field)];
}
