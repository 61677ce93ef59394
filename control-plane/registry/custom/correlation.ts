import { isJsonObject, type SchemaProps } from './schema-props.ts';

/** What stood before in the place of a member; `undefined` when nothing did. Maps that are replaced as a whole have no members with a past. */
export function oldMember(schema: SchemaProps, name: string, old: unknown): unknown {
  if (!isJsonObject(old) || schema['x-kubernetes-map-type'] === 'atomic') return undefined;
  return Object.hasOwn(old, name) ? old[name] : undefined;
}

/** Items of a list have a past only when keys tell which is which. */
export function oldItem(schema: SchemaProps, item: unknown, old: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !keys || !Array.isArray(old) || !isJsonObject(item))
    return undefined;
  return old.find((one: unknown) => isJsonObject(one) && keys.every((key) => one[key] === item[key]));
}
