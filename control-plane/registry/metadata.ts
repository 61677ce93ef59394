import { isDns1123Subdomain, isLabelValue, isQualifiedName } from '../../lib/kube/name-rules.ts';
import { badRequest } from '../../lib/kube/status-errors.ts';
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
export function isDifferentlyWanted(object: ApiObject, old: ApiObject): boolean {
  const wanted = ({ metadata: _m, status: _s, ...rest }: ApiObject) => rest;
  return !isEqualJson(wanted(object), wanted(old));
}

/** A body names its kind or leaves it out; it cannot name another. */
export function checkTypeOf(definition: ResourceDefinition, apiVersion: string, object: ApiObject): void {
  const { kind } = definition.resource;
  if (
    (object.kind !== undefined && object.kind !== kind) ||
    (object.apiVersion !== undefined && object.apiVersion !== apiVersion)
  ) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): expected ${apiVersion}, Kind=${kind}, got ${object.apiVersion ?? ''}, Kind=${object.kind ?? ''}`,
    );
  }
}

export function validateMetadata(definition: ResourceDefinition, metadata: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  const name = metadata.name ?? '';
  if (name === '') {
    errors.push({
      reason: 'FieldValueRequired',
      message: 'Required value: name or generateName is required',
      field: 'metadata.name',
    });
  } else {
    const { strategy } = definition;
    for (const message of strategy.nameErrors ? strategy.nameErrors(name) : isDns1123Subdomain(name))
      errors.push(invalidValue('metadata.name', name, message));
  }
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
  for (const [index, finalizer] of (metadata.finalizers ?? []).entries()) {
    for (const message of isQualifiedName(finalizer))
      errors.push(invalidValue(`metadata.finalizers[${index}]`, finalizer, message));
  }
  for (const [index, owner] of (metadata.ownerReferences ?? []).entries()) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[field]) {
        errors.push({
          reason: 'FieldValueRequired',
          message: 'Required value: must not be empty',
          field: `metadata.ownerReferences[${index}].${field}`,
        });
      }
    }
  }
  if ((metadata.ownerReferences ?? []).filter((owner) => owner.controller).length > 1) {
    errors.push({
      reason: 'FieldValueInvalid',
      message: 'Invalid value: Only one reference can have Controller set to true',
      field: 'metadata.ownerReferences',
    });
  }
  return errors;
}

function invalidValue(field: string, value: string, message: string): FieldError {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${message}`, field };
}
