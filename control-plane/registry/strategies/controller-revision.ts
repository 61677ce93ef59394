import { isDeepStrictEqual } from 'node:util';
import type { ControllerRevision } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { nonNegative } from './field-checks.ts';
import { immutableDetail, invalidValue, requiredValue } from './field-errors.ts';

/** What a workload was at one time: its content never changes, only its number may. */
export const controllerRevisionStrategy: Strategy<ControllerRevision> = {
  default(revision) {
    revision.revision ??= 0;
  },
  validate: ({ data, revision }, old) => [
    ...(data === undefined && !old ? [requiredValue('data', 'data is mandatory')] : []),
    ...nonNegative('revision', revision),
  ],
  validateUpdate: ({ data }, old) =>
    isDeepStrictEqual(data, old.data) ? [] : [invalidValue('data', data, immutableDetail)],
};
