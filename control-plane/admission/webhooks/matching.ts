import { CelError, compileCel } from '../../../lib/cel/environment.ts';
import { labelMatcher } from '../../../lib/kube/label-selector.ts';
import { statusError } from '../../../lib/kube/status-errors.ts';
import type { AdmissionRequest } from '../../registry/admission.ts';
import { matchConditionVariables } from '../../registry/strategies/webhook-configuration.ts';
import { requestOf } from './review.ts';
import type { Webhook } from './webhook.ts';

type Labels = Readonly<Record<string, string>> | undefined;

/** A webhook that could refuse the objects by which it is itself switched off would be there for ever. */
const exemptGroup = 'admissionregistration.k8s.io';

/** Whether a webhook wants to be asked about a request: rules, selectors, conditions. Throws what a condition that cannot be evaluated means. */
export function isAsked(webhook: Webhook, request: AdmissionRequest, namespaceLabels: Labels): boolean {
  const { resource } = request.definition;
  if (resource.group === exemptGroup) return false;
  if (!(webhook.rules ?? []).some((rule) => ruleMeans(rule, request))) return false;
  // Namespaces are selected by their own labels, other objects without a namespace always.
  const ownLabels = (request.object ?? request.old)?.metadata.labels;
  const labels = resource.plural === 'namespaces' && resource.group === '' ? ownLabels : namespaceLabels;
  const isInNamespace = resource.namespaced || resource.plural === 'namespaces';
  if (isInNamespace && !labelMatcher(webhook.namespaceSelector).matches(labels)) return false;
  const selects = labelMatcher(webhook.objectSelector);
  const isSelected =
    selects.matches(request.object?.metadata.labels) ||
    (request.old !== undefined && selects.matches(request.old.metadata.labels));
  return isSelected && conditionsHold(webhook, request);
}

type Rule = NonNullable<Webhook['rules']>[number];

function ruleMeans(rule: Rule, { operation, definition, subresource }: AdmissionRequest): boolean {
  const { group, version, plural, namespaced } = definition.resource;
  const versions = [version, ...definition.views.map((view) => view.resource.version)];
  const has = (list: readonly string[] | undefined, ...values: readonly string[]) =>
    list?.some((one) => one === '*' || values.includes(one)) === true;
  const scope = rule.scope ?? '*';
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, group) &&
    has(rule.apiVersions, ...versions) &&
    (scope === '*' || scope === (namespaced ? 'Namespaced' : 'Cluster')) &&
    (rule.resources ?? []).some((one) => resourceMeans(one, plural, subresource))
  );
}

/** `pods`, `pods/status`, `pods/*`, `*`, and the same with `*` for the resource. */
function resourceMeans(pattern: string, plural: string, subresource: string | undefined): boolean {
  const [resource = '', sub] = pattern.split('/');
  if (resource !== '*' && resource !== plural) return false;
  if (sub === undefined) return subresource === undefined;
  return sub === '*' || sub === subresource;
}

function conditionsHold(webhook: Webhook, request: AdmissionRequest): boolean {
  const conditions = webhook.matchConditions ?? [];
  if (conditions.length === 0) return true;
  const variables = {
    object: request.object ?? null,
    oldObject: request.old ?? null,
    request: requestOf(request, ''),
    authorizer: null,
  };
  const failures: string[] = [];
  for (const { name, expression } of conditions) {
    try {
      if (compileCel(expression, matchConditionVariables).evaluate(variables) !== true) return false;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failures.push(`${name}: ${error.message}`);
    }
  }
  if (failures.length === 0) return true;
  if (webhook.failurePolicy === 'Ignore') return false;
  throw statusError(
    500,
    'InternalError',
    `Internal error occurred: failed to evaluate match conditions of webhook ${JSON.stringify(webhook.name)}: ${failures.join('; ')}`,
  );
}
