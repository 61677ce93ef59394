import { celToJson } from '../../../lib/cel/json-value.ts';
import { CelJsonPatch, CelObject } from '../../../lib/cel/objects.ts';
import { messageOf } from '../../../lib/errors.ts';
import { applyJsonPatch } from '../../../lib/kube/json-patch.ts';
import { rootAt, shapeAt, type TypeAt, type TypeRoot } from '../../../lib/kube/merge-shape.ts';
import { PatchError } from '../../../lib/kube/patch-error.ts';
import { mergeTyped } from '../../../lib/kube/typed-merge.ts';
import type { MutatingAdmissionPolicy } from '../../../lib/kube/types.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { PolicyScope } from './policy-scope.ts';

export type Mutation = NonNullable<NonNullable<MutatingAdmissionPolicy['spec']>['mutations']>[number];

/** What a mutation makes of an object; the object itself when there is nothing to do. Pure. Throws an `Error` that says what is wrong. */
export function mutated(mutation: Mutation, object: ApiObject, root: TypeRoot, scope: PolicyScope): ApiObject {
  const expression = (mutation.patchType === 'JSONPatch' ? mutation.jsonPatch : mutation.applyConfiguration)
    ?.expression;
  const value = scope.evaluate(expression ?? '', { makesObjects: true });
  return mutation.patchType === 'JSONPatch' ? patched(object, value) : configured(object, root, value);
}

function configured(object: ApiObject, root: TypeRoot, value: unknown): ApiObject {
  if (!(value instanceof CelObject))
    throw new Error(`unsupported return type from ApplyConfiguration expression: ${typeof value}`);
  checkTypeNames(value, 'Object');
  const at = rootAt(root);
  const { apiVersion, kind } = object;
  const configuration = { ...(celToJson(value) as object), apiVersion, kind };
  const atomics = atomicPlaces(at, configuration, '');
  if (atomics.length > 0)
    throw new Error(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`,
    );
  return mergeTyped(at, object, configuration) as ApiObject;
}

/** Each object has to be of the type of the place where it stands: `Object.spec` in `spec`. */
function checkTypeNames(value: unknown, wanted: string): void {
  if (Array.isArray(value)) {
    for (const item of value) checkTypeNames(item, wanted);
  } else if (value instanceof CelObject) {
    if (value.typeName !== wanted)
      throw new Error(
        `type mismatch: unexpected type name ${JSON.stringify(value.typeName)}, expected ${JSON.stringify(wanted)}, which matches field name path from root Object type`,
      );
    for (const [name, member] of value.fields) checkTypeNames(member, `${wanted}.${name}`);
  }
}

/** What would be replaced as a whole although only a part of it is named. */
function atomicPlaces(at: TypeAt, value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const shape = shapeAt(at, value);
  if (shape.kind === 'leaf') return [path];
  if (shape.kind === 'object')
    return Object.entries(value).flatMap(([name, member]) =>
      atomicPlaces(shape.memberAt(name), member, `${path}.${name}`),
    );
  return (value as readonly unknown[]).flatMap((item, n) => atomicPlaces(shape.itemAt, item, `${path}[${n}]`));
}

function patched(object: ApiObject, value: unknown): ApiObject {
  if (!Array.isArray(value)) throw new Error('type mismatch: JSONPatchType.expression should evaluate to array');
  const operations = value.map((step: unknown) => {
    if (!(step instanceof CelJsonPatch))
      throw new Error('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch');
    return Object.fromEntries([...step.fields].map(([name, member]) => [name, celToJson(member)]));
  });
  try {
    return applyJsonPatch(object, operations) as ApiObject;
  } catch (error) {
    // A patch whose test fails is not meant for this object.
    if (error instanceof PatchError && error.kind === 'testFailed') return object;
    throw new Error(`JSONPath: ${messageOf(error)}`, { cause: error });
  }
}
