import { isDeepStrictEqual } from 'node:util';
import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { VolumeAttributesClass } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { named } from './field-checks.ts';
import { forbiddenField, requiredValue } from './field-errors.ts';

export const volumeAttributesClassStrategy: Strategy<VolumeAttributesClass> = {
  validate: ({ driverName, parameters = {} }) => [
    ...named('driverName', driverName?.toLowerCase(), isQualifiedName),
    ...(Object.keys(parameters).length > 0
      ? []
      : [requiredValue('parameters', 'must contain at least one key/value pair')]),
  ],
  validateUpdate: (after, old) => [
    ...(after.driverName === old.driverName
      ? []
      : [forbiddenField('driverName', 'updates to driverName are forbidden.')]),
    ...(isDeepStrictEqual(after.parameters ?? {}, old.parameters ?? {})
      ? []
      : [forbiddenField('parameters', 'updates to parameters are forbidden.')]),
  ],
};
