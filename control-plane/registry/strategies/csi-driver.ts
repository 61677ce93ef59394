import { isDeepStrictEqual } from 'node:util';
import type { CSIDriver } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { oneOf } from './field-checks.ts';
import { duplicateValue, immutableDetail, invalidValue } from './field-errors.ts';

type TokenRequest = Partial<NonNullable<CSIDriver['spec']['tokenRequests']>[number]>;

/** And how upstream's messages name them. */
const fixedMembers = [
  ['attachRequired', 'attachedRequired'],
  ['volumeLifecycleModes', 'volumeLifecycleModes'],
] as const;
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

/** What a storage driver says of itself. Nothing here acts upon it. */
export const csiDriverStrategy: Strategy<CSIDriver> = {
  default(driver) {
    driver.spec ??= {};
    const { spec } = driver;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  validate: ({ spec }) => [
    ...oneOf('spec.fsGroupPolicy', spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType']),
    ...(spec.volumeLifecycleModes ?? []).flatMap((mode) =>
      oneOf('spec.volumeLifecycleModes', mode, ['Persistent', 'Ephemeral']),
    ),
    ...validateTokenRequests(spec.tokenRequests ?? []),
  ],
  validateUpdate: ({ spec }, { spec: old }) =>
    fixedMembers.flatMap(([name, shown]) =>
      isDeepStrictEqual(spec[name], old[name]) ? [] : [invalidValue(`spec.${shown}`, spec[name], immutableDetail)],
    ),
};

function validateTokenRequests(requests: readonly TokenRequest[]): readonly FieldError[] {
  const audiences = new Set<string>();
  return requests.flatMap(({ audience = '', expirationSeconds: seconds }, index) => {
    const at = `spec.tokenRequests[${index}]`;
    const errors: FieldError[] = audiences.has(audience) ? [duplicateValue(`${at}.audience`, audience)] : [];
    audiences.add(audience);
    if (seconds === undefined) return errors;
    const field = `${at}.expirationSeconds`;
    if (seconds < MIN_TOKEN_SECONDS)
      errors.push(invalidValue(field, seconds, 'may not specify a duration less than 10 minutes'));
    if (seconds > MAX_TOKEN_SECONDS)
      errors.push(invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
    return errors;
  });
}
