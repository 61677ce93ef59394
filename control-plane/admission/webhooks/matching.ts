import { CelError } from '../../../lib/cel/cel-error.ts';
import { CostBudget, MATCH_CONDITIONS_BUDGET } from '../../../lib/cel/cost.ts';
import { compileCel } from '../../../lib/cel/environment.ts';
import { celPlainValue } from '../../../lib/cel/plain-value.ts';
import type { ResourceType } from '../../../lib/kube/resources.ts';
import { statusError } from '../../../lib/kube/status-errors.ts';
import type { AdmissionRequest } from '../../registry/admission.ts';
import type { Registry } from '../../registry/registry.ts';
import { matchConditionVariables } from '../../registry/strategies/webhook-configuration.ts';
import { accessAuthorizer, type AccessRules } from '../access-authorizer.ts';
import { isExempt, selectorsMean } from '../request-matching.ts';
import { askedAs } from '../equivalent-request.ts';
import { requestOf } from './review.ts';
import type { Webhook } from './webhook.ts';

/** As which kind a webhook may want to be asked about a request: by its rules and selectors. */
export function matchedType(webhook: Webhook, request: AdmissionRequest, registry: Registry): ResourceType | undefined {
  if (isExempt(request)) return undefined;
  const type = askedAs(webhook.rules ?? [], webhook.matchPolicy, request);
  return type && selectorsMean(webhook, request, registry) ? type : undefined;
}

/** Whether the conditions of a webhook hold for a request, as it would be asked. Throws what a condition that cannot be evaluated means. */
export function conditionsHold(webhook: Webhook, request: AdmissionRequest, rules: AccessRules): boolean {
  const conditions = webhook.matchConditions ?? [];
  if (conditions.length === 0) return true;
  const variables = {
    object: celPlainValue(request.object ?? null),
    oldObject: celPlainValue(request.old ?? null),
    request: celPlainValue(requestOf(request, '')),
    authorizer: accessAuthorizer(rules, request),
  };
  const budget = new CostBudget(MATCH_CONDITIONS_BUDGET);
  const failures: string[] = [];
  for (const { name, expression } of conditions) {
    try {
      if (compileCel(expression, matchConditionVariables).evaluate(variables, budget) !== true) return false;
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
