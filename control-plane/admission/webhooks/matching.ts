import { CelError, compileCel } from '../../../lib/cel/environment.ts';
import { celPlainValue } from '../../../lib/cel/plain-value.ts';
import { statusError } from '../../../lib/kube/status-errors.ts';
import type { AdmissionRequest } from '../../registry/admission.ts';
import type { Registry } from '../../registry/registry.ts';
import { matchConditionVariables } from '../../registry/strategies/webhook-configuration.ts';
import { isExempt, ruleMeans, selectorsMean } from '../request-matching.ts';
import { requestOf } from './review.ts';
import type { Webhook } from './webhook.ts';

/** Whether a webhook wants to be asked about a request: rules, selectors, conditions. Throws what a condition that cannot be evaluated means. */
export function isAsked(webhook: Webhook, request: AdmissionRequest, registry: Registry): boolean {
  if (isExempt(request)) return false;
  if (!(webhook.rules ?? []).some((rule) => ruleMeans(rule, request))) return false;
  return selectorsMean(webhook, request, registry) && conditionsHold(webhook, request);
}

function conditionsHold(webhook: Webhook, request: AdmissionRequest): boolean {
  const conditions = webhook.matchConditions ?? [];
  if (conditions.length === 0) return true;
  const variables = {
    object: celPlainValue(request.object ?? null),
    oldObject: celPlainValue(request.old ?? null),
    request: celPlainValue(requestOf(request, '')),
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
