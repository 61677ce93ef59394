import { quoted } from '../../lib/kube/quoted.ts';
import { isDns1123Subdomain, isLabelValue, isQualifiedName } from '../../lib/kube/name-rules.ts';
import { kubeTime } from '../../lib/kube/time.ts';
import type { ObjectMeta } from '../../lib/kube/types.ts';
import { isEqualJson, type ApiObject } from './api-object.ts';
import type { Chance } from './chance.ts';
import type { ResourceDefinition } from './definition.ts';
import type { FieldError } from './strategy.ts';

/** Bytes of all annotations of an object together. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;
/** Longest stem of a generated name that leaves room for the suffix. */
const MAX_STEM = 58;

/** What the server sets on a new object, whatever the client sent. Pure but for `chance`. */
export function metadataForCreate(
  metadata: ObjectMeta,
  options: {
    readonly namespace: string | undefined;
    readonly nowMs: number;
    readonly chance: Chance;
    readonly hasGeneration: boolean;
  },
): ObjectMeta {
  const {
    resourceVersion: _version,
    selfLink: _link,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    ...kept
  } = metadata;
  const name =
    metadata.name || (metadata.generateName ? metadata.generateName.slice(0, MAX_STEM) + options.chance.suffix() : '');
  return {
    ...kept,
    name,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    uid: options.chance.uid(),
    ...(options.hasGeneration ? { generation: 1 } : {}),
    creationTimestamp: kubeTime(options.nowMs),
  };
}

/** What an update may not change is put back from the old object; what may not be sent wrongly is refused. */
export function metadataForUpdate(metadata: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const merged: ObjectMeta = {
    ...metadata,
    name: old.name,
    uid: old.uid,
    creationTimestamp: old.creationTimestamp,
  };
  for (const field of [
    'namespace',
    'generateName',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
  ] as const) {
    if (old[field] === undefined) delete merged[field];
    else Object.assign(merged, { [field]: old[field] });
  }
  delete merged.selfLink;
  return merged;
}

/** True when something other than metadata and status differs: what is wanted has changed. */
export function isDifferentlyWanted(object: ApiObject, old: ApiObject, withAnnotations = false): boolean {
  const wanted = ({ metadata: _m, status: _s, ...rest }: ApiObject) => rest;
  if (withAnnotations && !isEqualJson(object.metadata.annotations ?? {}, old.metadata.annotations ?? {})) return true;
  return !isEqualJson(wanted(object), wanted(old));
}

export function validateMetadata(definition: ResourceDefinition, metadata: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  const name = metadata.name ?? '';
  const { strategy } = definition;
  const nameRule = (text: string) => strategy.nameErrors?.(text) ?? isDns1123Subdomain(text);
  if (metadata.generateName !== undefined && metadata.generateName !== '') {
    // A name goes on behind a dash or a dot.
    for (const message of nameRule(metadata.generateName.replace(/[-.]$/, 'a')))
      errors.push(invalidValue('metadata.generateName', metadata.generateName, message));
  }
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'));
  else for (const message of nameRule(name)) errors.push(invalidValue('metadata.name', name, message));
  if (definition.resource.namespaced && metadata.namespace === '') errors.push(required('metadata.namespace'));
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    for (const message of isQualifiedName(key)) errors.push(invalidValue('metadata.labels', key, message));
    if (typeof value !== 'string')
      errors.push(invalidValue('metadata.labels', JSON.stringify(value), 'must be a string'));
    else for (const message of isLabelValue(value)) errors.push(invalidValue('metadata.labels', value, message));
  }
  let annotationBytes = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    for (const message of isQualifiedName(key.toLowerCase()))
      errors.push(invalidValue('metadata.annotations', key, message));
    annotationBytes += key.length + value.length;
  }
  if (annotationBytes > MAX_ANNOTATIONS_BYTES) {
    errors.push({
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${MAX_ANNOTATIONS_BYTES} bytes`,
      field: 'metadata.annotations',
    });
  }
  return [...errors, ...ownerErrors(metadata), ...finalizerErrors(definition, metadata.finalizers ?? [])];
}

const standardFinalizers: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Groups of upstream's other servers, which do not ask for a domain. */
const laxGroups: ReadonlySet<string> = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io']);

function finalizerErrors(definition: ResourceDefinition, finalizers: readonly string[]): readonly FieldError[] {
  const errors = finalizers.flatMap((one) =>
    isQualifiedName(one).map((message) => invalidValue('metadata.finalizers', one, message)),
  );
  if (definition.custom || laxGroups.has(definition.resource.group)) return errors;
  for (const [index, finalizer] of finalizers.entries())
    errors.push(...unqualifiedFinalizer(`metadata.finalizers[${index}]`, finalizer));
  return errors;
}

/** Finalizers without a domain are those of the API itself. */
export function unqualifiedFinalizer(field: string, finalizer: string): readonly FieldError[] {
  return finalizer.includes('/') || standardFinalizers.has(finalizer)
    ? []
    : [invalidValue(field, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
}

function ownerErrors({ ownerReferences = [] }: ObjectMeta): readonly FieldError[] {
  const errors: FieldError[] = [];
  const at = 'metadata.ownerReferences';
  let controller: string | undefined;
  for (const owner of ownerReferences) {
    if (!owner.apiVersion) errors.push(invalidValue(`${at}.apiVersion`, '', 'version must not be empty'));
    for (const field of ['kind', 'name', 'uid'] as const)
      if (!owner[field]) errors.push(invalidValue(`${at}.${field}`, '', 'must not be empty'));
    if (owner.apiVersion === 'v1' && owner.kind === 'Event')
      errors.push(invalidValue(at, owner, '/v1, Kind=Event is disallowed from being an owner'));
    if (!owner.controller) continue;
    const own = `${owner.kind}/${owner.name}`;
    if (controller !== undefined)
      errors.push(
        invalidValue(
          at,
          ownerReferences,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${own}`,
        ),
      );
    controller ??= own;
  }
  return errors;
}

function required(field: string, why?: string): FieldError {
  return {
    reason: 'FieldValueRequired',
    message: why === undefined ? 'Required value' : `Required value: ${why}`,
    field,
  };
}

function invalidValue(field: string, value: unknown, message: string): FieldError {
  const shown = typeof value === 'string' ? quoted(value) : JSON.stringify(value);
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${shown}: ${message}`, field };
}
