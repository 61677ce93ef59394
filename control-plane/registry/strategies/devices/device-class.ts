import { isDeepStrictEqual } from 'node:util';
import { isQualifiedName } from '../../../../lib/kube/name-rules.ts';
import type { DeviceClass } from '../../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../../strategy.ts';
import { invalidValue } from '../field-errors.ts';
import { checkedList } from './bounded-collections.ts';
import { MAX_CONFIGURATIONS } from './device-claim.ts';
import { validateConfiguration } from './device-configuration.ts';
import { validateSelectors } from './device-selectors.ts';

/** Selectors and configuration that an update leaves as they are were valid when they were written. */
export const deviceClassStrategy: Strategy<DeviceClass> = {
  validate: ({ spec }, old) => [
    ...(old && isDeepStrictEqual(spec?.selectors, old.spec?.selectors)
      ? []
      : validateSelectors(spec?.selectors, 'spec.selectors')),
    ...(old && isDeepStrictEqual(spec?.config, old.spec?.config)
      ? []
      : checkedList('spec.config', spec?.config, MAX_CONFIGURATIONS, validateConfiguration)),
    ...validateExtendedName(spec?.extendedResourceName),
  ],
};

function validateExtendedName(name: string | undefined): readonly FieldError[] {
  if (name === undefined || isExtendedName(name)) return [];
  return [invalidValue('spec.extendedResourceName', name, 'must be a valid extended resource name')];
}

/** A name in a domain of somebody's own, which can be asked for in a quota too. */
function isExtendedName(name: string): boolean {
  const [domain = ''] = name.split('/', 1);
  const isOwnDomain = name.includes('/') && !`${domain}/`.includes('kubernetes.io/');
  return isOwnDomain && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0;
}
