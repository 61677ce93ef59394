import { isLabelValue, isQualifiedName } from '../../../../lib/kube/name-rules.ts';
import type { ObjectMeta } from '../../../../lib/kube/types.ts';
import { isJsonObject } from '../schema-props.ts';

const identity = [
  ['name', 'name'],
  ['namespace', 'namespace'],
  ['uid', 'UID'],
] as const;

/**
 * Metadata of a converted object: labels and annotations as the conversion says, everything else as it was. Throws an `Error` when the conversion is of another
 * object, or what it says is not valid.
 */
export function convertedMetadata(original: ObjectMeta, converted: unknown): ObjectMeta {
  if (converted === undefined) throw new Error('missing metadata in converted object');
  if (!isJsonObject(converted)) throw new Error('invalid metadata in converted object: it is not an object');
  for (const [field, name] of identity) {
    const [was, is] = [original[field] ?? '', converted[field] ?? ''];
    if (was !== is) throw new Error(`must have the same ${name}: ${was} != ${JSON.stringify(is)}`);
  }
  const { labels: _labels, annotations: _annotations, ...kept } = original;
  const labels = texts('labels', converted['labels']);
  const annotations = texts('annotations', converted['annotations']);
  return { ...kept, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
}

function texts(field: 'labels' | 'annotations', given: unknown): Record<string, string> | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isJsonObject(given)) throw new Error(`invalid metadata.${field} in converted object: it is not an object`);
  for (const [key, value] of Object.entries(given)) {
    if (typeof value !== 'string')
      throw new Error(`metadata.${field}[${key}] must be a string, but is ${typeof value} in converted object`);
    const errors =
      field === 'labels' ? [...isQualifiedName(key), ...isLabelValue(value)] : isQualifiedName(key.toLowerCase());
    if (errors.length > 0)
      throw new Error(`metadata.${field}: Invalid value: ${JSON.stringify(key)}: ${errors.join('; ')}`);
  }
  return given as Record<string, string>;
}
