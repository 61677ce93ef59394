import { isDeepStrictEqual } from 'node:util';
import type { VolumeAttributesClass } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { forbiddenField, requiredValue } from './field-errors.ts';

export const volumeAttributesClassStrategy: Strategy<VolumeAttributesClass> = {
  validate: ({ driverName }) => (driverName ? [] : [requiredValue('driverName')]),
  validateUpdate: (after, old) => [
    ...(after.driverName === old.driverName
      ? []
      : [forbiddenField('driverName', 'updates to driverName are forbidden.')]),
    ...(isDeepStrictEqual(after.parameters ?? {}, old.parameters ?? {})
      ? []
      : [forbiddenField('parameters', 'updates to parameters are forbidden.')]),
  ],
};
