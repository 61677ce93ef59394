import type { ConfigMap } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { invalidValue } from './field-errors.ts';
import { decodedSize, validateImmutable, validateKeys, validateSize } from './key-value-validation.ts';

export const configMapStrategy: Strategy<ConfigMap> = {
  validate: ({ data, binaryData }) => [
    ...validateKeys('data', data),
    ...Object.keys(data ?? {})
      .filter((key) => binaryData && Object.hasOwn(binaryData, key))
      .map((key) => invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...validateKeys('binaryData', binaryData),
    ...validateSize('', data, (text) => Buffer.byteLength(text)),
    ...validateSize('', binaryData, decodedSize),
  ],
  validateUpdate: (configMap, old) => validateImmutable(configMap, old, ['data', 'binaryData']),
};
