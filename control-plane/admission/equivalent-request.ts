import { apiVersionOf, type ResourceType } from '../../lib/kube/resources.ts';
import type { AdmissionRequest } from '../registry/admission.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Registry } from '../registry/registry.ts';
import { ruleMeans, type RequestRule } from './request-matching.ts';

/**
 * As which kind those with these rules are asked about a request: as the one that was sent, where a rule names its version; else, unless they want exactly that, as
 * another version or group of the same objects that a rule names. `undefined` when no rule means the request.
 */
export function askedAs(
  rules: readonly RequestRule[],
  matchPolicy: string | undefined,
  request: AdmissionRequest,
): ResourceType | undefined {
  const { resource, views } = request.definition;
  const isNamed = (type: ResourceType) => rules.some((rule) => ruleMeans(rule, request, type));
  if (isNamed(resource)) return resource;
  if (matchPolicy === 'Exact') return undefined;
  return views.map((view) => view.resource).find(isNamed);
}

/** The same request about objects of `type`. Rejects when they cannot be converted. */
export async function requestAs(
  registry: Registry,
  request: AdmissionRequest,
  type: ResourceType,
): Promise<AdmissionRequest> {
  const { definition, object, old } = request;
  const shown = registry.find(apiVersionOf(type), type.plural);
  return {
    operation: request.operation,
    definition: shown?.conversion ? shown.definition : { ...definition, resource: type },
    requested: definition.resource,
    subresource: request.subresource,
    namespace: request.namespace,
    name: request.name,
    object: object && (await convertTo(registry, request, object, type)),
    old: old && (await convertTo(registry, request, old, type)),
    context: request.context,
    onSettled: (settle) => request.onSettled(settle),
  };
}

/** What was made of an object of `type` as the kind that the request is about. */
export async function convertBack(
  registry: Registry,
  request: AdmissionRequest,
  object: ApiObject,
  type: ResourceType,
): Promise<ApiObject> {
  const own = request.definition.resource;
  const view = viewOf(request, type);
  if (view?.fromView) return view.fromView(object);
  return registry.find(apiVersionOf(own), own.plural)?.conversion?.converted(object) ?? object;
}

async function convertTo(
  registry: Registry,
  request: AdmissionRequest,
  object: ApiObject,
  type: ResourceType,
): Promise<ApiObject> {
  const view = viewOf(request, type);
  if (view?.toView) return view.toView(object);
  return registry.find(apiVersionOf(type), type.plural)?.conversion?.converted(object) ?? object;
}

function viewOf({ definition }: AdmissionRequest, type: ResourceType) {
  return definition.views.find(({ resource }) => apiVersionOf(resource) === apiVersionOf(type));
}
