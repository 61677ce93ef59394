import { labelMatcher } from '../../lib/kube/label-selector.ts';
import { namespaces, type ResourceType } from '../../lib/kube/resources.ts';
import type { LabelSelector } from '../../lib/kube/types.ts';
import type { AdmissionRequest } from '../registry/admission.ts';
import type { Registry } from '../registry/registry.ts';

/** A rule of webhooks and admission policies. */
export interface RequestRule {
  readonly operations?: readonly string[] | undefined;
  readonly apiGroups?: readonly string[] | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  /** `pods`, `pods/status`, `pods/*`, and the same with `*` for the resource. */
  readonly resources?: readonly string[] | undefined;
  readonly resourceNames?: readonly string[] | undefined;
  readonly scope?: string | undefined;
}

/** What webhooks and admission policies select objects by. */
export interface RequestSelectors {
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
}

/** What could refuse the objects by which it is itself switched off would be there for ever: these are never asked about. */
const exemptGroup = 'admissionregistration.k8s.io';

export function isExempt({ definition }: AdmissionRequest): boolean {
  return definition.resource.group === exemptGroup;
}

/** Whether a rule means a request, taken as one about `type`. */
export function ruleMeans(
  rule: RequestRule,
  { operation, subresource, name }: AdmissionRequest,
  { group, version, plural, namespaced }: ResourceType,
): boolean {
  const has = (list: readonly string[] | undefined, value: string) =>
    list?.some((one) => one === '*' || one === value) === true;
  const scope = rule.scope ?? '*';
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, group) &&
    has(rule.apiVersions, version) &&
    (scope === '*' || scope === (namespaced ? 'Namespaced' : 'Cluster')) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name)) &&
    (rule.resources ?? []).some((one) => resourceMeans(one, plural, subresource))
  );
}

function resourceMeans(pattern: string, plural: string, subresource: string | undefined): boolean {
  const [resource = '', sub] = pattern.split('/');
  if (resource !== '*' && resource !== plural) return false;
  if (sub === undefined) return subresource === undefined;
  return sub === '*' || sub === subresource;
}

/** Whether the selectors mean the request's object. Namespaces are selected by their own labels, other objects without a namespace always. */
export function selectorsMean(selectors: RequestSelectors, request: AdmissionRequest, registry: Registry): boolean {
  const { resource } = request.definition;
  const isNamespace = resource.plural === 'namespaces' && resource.group === '';
  if (isNamespace || resource.namespaced) {
    const labels = isNamespace ? (request.object ?? request.old)?.metadata.labels : namespaceLabels(registry, request);
    if (!labelMatcher(selectors.namespaceSelector ?? {}).matches(labels)) return false;
  }
  const selects = labelMatcher(selectors.objectSelector ?? {});
  // What has no labels is selected by nobody who asks for some.
  if (request.operation === 'CONNECT') return selects.requirements.length === 0;
  return (
    selects.matches(request.object?.metadata.labels) ||
    (request.old !== undefined && selects.matches(request.old.metadata.labels))
  );
}

function namespaceLabels(
  registry: Registry,
  { namespace }: AdmissionRequest,
): Readonly<Record<string, string>> | undefined {
  return namespace === undefined ? undefined : registry.of(namespaces).cache.get(namespace)?.object.metadata.labels;
}
