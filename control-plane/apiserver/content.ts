import { encodeProtobuf } from '../../lib/kube/protobuf-kind.ts';
import { yaml } from '../../lib/lazy-yaml.ts';
import { mediaTypes, type Representation } from './negotiate.ts';

/** The bytes of an answer. In protobuf it must be an object that says its kind. */
export function encode(value: unknown, { format, isPretty }: Representation): Buffer {
  if (format === 'protobuf') return encodeProtobuf(value as { readonly apiVersion: string; readonly kind: string });
  if (format === 'yaml') return Buffer.from(yaml().stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 }));
  return Buffer.from(isPretty ? `${JSON.stringify(value, undefined, 2)}\n` : `${JSON.stringify(value)}\n`);
}

export function contentTypeOf({ format }: Representation): string {
  return mediaTypes[format];
}
