import { isDns1035Label, isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type {
  KubeObject,
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { duplicateValue, invalidValue, requiredValue } from './field-errors.ts';
import { labelSelector, oneOf } from './field-checks.ts';
import { admissionRuleErrors } from './admission-rules.ts';
import { matchConditionErrors } from './match-conditions.ts';
import { clientConfigErrors } from './webhook-client-config.ts';

type Webhook = Partial<
  NonNullable<MutatingWebhookConfiguration['webhooks']>[number] &
    NonNullable<ValidatingWebhookConfiguration['webhooks']>[number]
>;

/** What expressions of `matchConditions` may speak of. */
export const matchConditionVariables = ['object', 'oldObject', 'request', 'authorizer'] as const;

const reviewVersions: readonly string[] = ['v1', 'v1beta1'];
const MAX_TIMEOUT_SECONDS = 30;

function strategyOf<T extends KubeObject & { webhooks?: Webhook[] }>(isMutating: boolean): Strategy<T> {
  return {
    default({ webhooks }) {
      for (const webhook of webhooks ?? []) {
        webhook.failurePolicy ??= 'Fail';
        webhook.matchPolicy ??= 'Equivalent';
        webhook.namespaceSelector ??= {};
        webhook.objectSelector ??= {};
        webhook.timeoutSeconds ??= 10;
        if (isMutating) webhook.reinvocationPolicy ??= 'Never';
        if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
        for (const rule of webhook.rules ?? []) rule.scope ??= '*';
      }
    },
    validate: ({ webhooks }) => {
      const names = new Set<string>();
      return (webhooks ?? []).flatMap((webhook, at) => {
        const field = `webhooks[${at}]`;
        const isTwice = webhook.name !== undefined && names.has(webhook.name);
        names.add(webhook.name ?? '');
        return [...(isTwice ? [duplicateValue(`${field}.name`, webhook.name)] : []), ...webhookErrors(webhook, field)];
      });
    },
  };
}

export const mutatingWebhookStrategy = strategyOf<MutatingWebhookConfiguration>(true);
export const validatingWebhookStrategy = strategyOf<ValidatingWebhookConfiguration>(false);

function webhookErrors(webhook: Webhook, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', clientConfig, admissionReviewVersions, sideEffects, timeoutSeconds } = webhook;
  errors.push(...webhookNameErrors(name, `${field}.name`));
  errors.push(...reviewVersionErrors(admissionReviewVersions ?? [], `${field}.admissionReviewVersions`));
  if (sideEffects === undefined)
    errors.push(requiredValue(`${field}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
  else errors.push(...oneOf(`${field}.sideEffects`, sideEffects, ['None', 'NoneOnDryRun']));
  errors.push(
    ...oneOf(`${field}.failurePolicy`, webhook.failurePolicy, ['Fail', 'Ignore']),
    ...oneOf(`${field}.matchPolicy`, webhook.matchPolicy, ['Equivalent', 'Exact']),
    ...oneOf(`${field}.reinvocationPolicy`, webhook.reinvocationPolicy, ['IfNeeded', 'Never']),
  );
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > MAX_TIMEOUT_SECONDS))
    errors.push(
      invalidValue(
        `${field}.timeoutSeconds`,
        timeoutSeconds,
        `the timeout value must be between 1 and ${MAX_TIMEOUT_SECONDS} seconds`,
      ),
    );
  if (webhook.namespaceSelector) errors.push(...labelSelector(`${field}.namespaceSelector`, webhook.namespaceSelector));
  if (webhook.objectSelector) errors.push(...labelSelector(`${field}.objectSelector`, webhook.objectSelector));
  for (const [at, rule] of (webhook.rules ?? []).entries())
    errors.push(...admissionRuleErrors(rule, `${field}.rules[${at}]`));
  errors.push(
    ...clientConfigErrors(clientConfig, `${field}.clientConfig`),
    ...matchConditionErrors(webhook.matchConditions, `${field}.matchConditions`, matchConditionVariables),
  );
  return errors;
}

function webhookNameErrors(name: string, field: string): readonly FieldError[] {
  if (name === '') return [requiredValue(field)];
  const errors = isDns1123Subdomain(name).map((detail) => invalidValue(field, name, detail));
  if (errors.length > 0 || name.split('.').length >= 3) return errors;
  return [invalidValue(field, name, 'should be a domain with at least three segments separated by dots')];
}

function reviewVersionErrors(versions: readonly string[], field: string): readonly FieldError[] {
  if (versions.length === 0) return [requiredValue(field, `must specify one of ${reviewVersions.join(', ')}`)];
  const errors: FieldError[] = [];
  for (const [at, version] of versions.entries()) {
    const place = `${field}[${at}]`;
    if (versions.indexOf(version) !== at) errors.push(invalidValue(place, version, 'duplicate version'));
    errors.push(...isDns1035Label(version).map((detail) => invalidValue(place, version, detail)));
  }
  if (!versions.some((version) => reviewVersions.includes(version)))
    errors.push(invalidValue(field, versions, `must include at least one of ${reviewVersions.join(', ')}`));
  return errors;
}
