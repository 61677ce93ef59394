import type { ResourceType } from '../../../lib/kube/resources.ts';
import type { ValidatingAdmissionPolicy } from '../../../lib/kube/types.ts';
import type { AdmissionRequest } from '../../registry/admission.ts';
import type { Registry } from '../../registry/registry.ts';
import { askedAs } from '../equivalent-request.ts';
import { selectorsMean } from '../request-matching.ts';

/** What requests a policy or a binding is about: the same for policies that validate and that mutate. */
export type MatchConstraints = NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']>['matchConstraints']>;

/** As which kind a policy is asked about a request on behalf of a binding, which may narrow what it is about; `undefined` when it is not. */
export function matchedType(
  registry: Registry,
  constraints: MatchConstraints | undefined,
  narrower: MatchConstraints | undefined,
  request: AdmissionRequest,
): ResourceType | undefined {
  const type = constraints && typeMeant(constraints, request, registry);
  return type && (!narrower || typeMeant(narrower, request, registry)) ? type : undefined;
}

function typeMeant(
  { matchPolicy, resourceRules, excludeResourceRules, ...selectors }: MatchConstraints,
  request: AdmissionRequest,
  registry: Registry,
): ResourceType | undefined {
  const type = resourceRules?.length ? askedAs(resourceRules, matchPolicy, request) : request.definition.resource;
  if (!type || (excludeResourceRules?.length && askedAs(excludeResourceRules, matchPolicy, request))) return undefined;
  return selectorsMean(selectors, request, registry) ? type : undefined;
}
