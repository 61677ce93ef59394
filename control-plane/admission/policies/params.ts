import { labelMatcher } from '../../../lib/kube/label-selector.ts';
import { apiVersionOf } from '../../../lib/kube/resources.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../lib/kube/types.ts';
import type { AdmissionRequest } from '../../registry/admission.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import { cacheKey, type Registry } from '../../registry/registry.ts';

type Spec<T extends { spec?: object }> = NonNullable<T['spec']>;

/** The objects that a binding hands to its policy, each of which is asked on its own; one `null` where the policy takes none. Throws an `Error` when there is none and that is wrong. */
export function paramsOf(
  registry: Registry,
  paramKind: Spec<ValidatingAdmissionPolicy>['paramKind'],
  reference: Spec<ValidatingAdmissionPolicyBinding>['paramRef'],
  request: AdmissionRequest,
): readonly (ApiObject | null)[] {
  if (!paramKind || !reference) return [null];
  const resource = [...registry.resources].find(
    ({ definition }) =>
      definition.resource.kind === paramKind.kind &&
      [definition.resource, ...definition.views.map((view) => view.resource)].some(
        (type) => apiVersionOf(type) === paramKind.apiVersion,
      ),
  );
  if (!resource) throw new Error(`there is no kind ${paramKind.kind} in ${paramKind.apiVersion}`);
  const isNamespaced = resource.definition.resource.namespaced;
  const namespace = isNamespaced ? (reference.namespace ?? request.namespace) : undefined;
  const found =
    reference.name === undefined
      ? [...resource.cache.all(namespace)]
          .map((entry) => entry.object)
          .filter((object) => labelMatcher(reference.selector).matches(object.metadata.labels))
      : [resource.cache.get(cacheKey(namespace, reference.name))?.object].filter((object) => object !== undefined);
  if (found.length > 0) return found;
  if (reference.parameterNotFoundAction === 'Allow') return [];
  throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
}
