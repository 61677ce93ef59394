import { isConfigMapKey, isDns1123Subdomain, isEnvVarName } from '../../../lib/kube/name-rules.ts';
import type { Container } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { conforming, named, optionallyNamed } from './field-checks.ts';
import { invalidValue } from './field-errors.ts';
import { environmentPaths, validateFieldReference, validateResourceReference } from './field-references.ts';

type EnvVar = NonNullable<Container['env']>[number];
type EnvSource = NonNullable<EnvVar['valueFrom']>;

const sourceKinds = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const;

export function validateEnv(container: Container, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, variable] of (container.env ?? []).entries()) {
    const place = `${at}.env[${index}]`;
    errors.push(...named(`${place}.name`, variable.name, isEnvVarName), ...validateSource(variable, place));
  }
  for (const [index, source] of (container.envFrom ?? []).entries()) {
    const place = `${at}.envFrom[${index}]`;
    // Which source it is of that says nothing upstream does not say.
    const all = `${at}.envFrom`;
    errors.push(...optionallyNamed(`${place}.prefix`, source.prefix, isEnvVarName));
    if (source.configMapRef && source.secretRef) {
      errors.push(invalidValue(all, '', 'may not have more than one field specified at a time'));
    } else if (source.configMapRef)
      errors.push(...named(`${place}.configMapRef.name`, source.configMapRef.name, isDns1123Subdomain));
    else if (source.secretRef)
      errors.push(...named(`${place}.secretRef.name`, source.secretRef.name, isDns1123Subdomain));
    else errors.push(invalidValue(all, '', 'must specify one of: `configMapRef` or `secretRef`'));
  }
  return errors;
}

function validateSource({ value, valueFrom }: EnvVar, at: string): readonly FieldError[] {
  if (!valueFrom) return [];
  const place = `${at}.valueFrom`;
  const present = sourceKinds.filter((kind) => valueFrom[kind] !== undefined);
  const errors: FieldError[] = [];
  if (present.length === 0) {
    errors.push(
      invalidValue(
        place,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    );
  } else if (value) errors.push(invalidValue(place, '', 'may not be specified when `value` is not empty'));
  else if (present.length > 1) {
    errors.push(invalidValue(place, '', 'may not have more than one field specified at a time'));
  }
  return [...errors, ...validateReferences(valueFrom, place)];
}

function validateReferences(source: EnvSource, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (source.fieldRef) errors.push(...validateFieldReference(`${at}.fieldRef`, source.fieldRef, environmentPaths));
  if (source.resourceFieldRef)
    errors.push(...validateResourceReference(`${at}.resourceFieldRef`, source.resourceFieldRef));
  for (const kind of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = source[kind];
    if (!reference) continue;
    errors.push(
      ...conforming(`${at}.${kind}.name`, reference.name, isDns1123Subdomain),
      ...named(`${at}.${kind}.key`, reference.key, isConfigMapKey),
    );
  }
  return errors;
}
