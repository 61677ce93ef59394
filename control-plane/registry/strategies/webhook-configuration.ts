import { CelError, compileCel } from '../../../lib/cel/environment.ts';
import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type {
  KubeObject,
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { duplicateValue, invalidValue, requiredValue } from './field-errors.ts';
import { labelSelector, oneOf } from './field-checks.ts';

type Webhook = Partial<
  NonNullable<MutatingWebhookConfiguration['webhooks']>[number] &
    NonNullable<ValidatingWebhookConfiguration['webhooks']>[number]
>;

/** What expressions of `matchConditions` may speak of. */
export const matchConditionVariables = ['object', 'oldObject', 'request', 'authorizer'] as const;

const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*'];
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
  for (const message of isDns1123Subdomain(name)) errors.push(invalidValue(`${field}.name`, name, message));
  if (name.split('.').length < 3)
    errors.push(
      invalidValue(`${field}.name`, name, 'should be a domain with at least three segments separated by dots'),
    );
  if (!admissionReviewVersions?.length)
    errors.push(requiredValue(`${field}.admissionReviewVersions`, 'must specify one of v1, v1beta1'));
  else if (!admissionReviewVersions.includes('v1'))
    errors.push(
      invalidValue(`${field}.admissionReviewVersions`, admissionReviewVersions, 'must include at least one of v1'),
    );
  if (!sideEffects) errors.push(requiredValue(`${field}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
  else errors.push(...oneOf(`${field}.sideEffects`, sideEffects, ['None', 'NoneOnDryRun']));
  errors.push(
    ...oneOf(`${field}.failurePolicy`, webhook.failurePolicy, ['Fail', 'Ignore']),
    ...oneOf(`${field}.matchPolicy`, webhook.matchPolicy, ['Equivalent', 'Exact']),
    ...oneOf(`${field}.reinvocationPolicy`, webhook.reinvocationPolicy, ['Never', 'IfNeeded']),
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
  for (const [at, rule] of (webhook.rules ?? []).entries()) {
    for (const part of ['operations', 'apiGroups', 'apiVersions', 'resources'] as const)
      if (!rule[part]?.length) errors.push(requiredValue(`${field}.rules[${at}].${part}`));
    for (const [n, operation] of (rule.operations ?? []).entries())
      errors.push(...oneOf(`${field}.rules[${at}].operations[${n}]`, operation, operations));
  }
  errors.push(...clientErrors(clientConfig, `${field}.clientConfig`), ...conditionErrors(webhook, field));
  return errors;
}

function clientErrors(config: Webhook['clientConfig'], field: string): readonly FieldError[] {
  const { url, service } = config ?? {};
  if ((url === undefined) === (service === undefined))
    return [requiredValue(field, 'exactly one of url or service is required')];
  if (service)
    return [
      ...(service.name ? [] : [requiredValue(`${field}.service.name`)]),
      ...(service.namespace ? [] : [requiredValue(`${field}.service.namespace`)]),
    ];
  if (!URL.canParse(url ?? '') || !url?.startsWith('https://'))
    return [invalidValue(`${field}.url`, url, "'https' is the only allowed URL scheme")];
  return [];
}

function conditionErrors({ matchConditions }: Webhook, field: string): readonly FieldError[] {
  return (matchConditions ?? []).flatMap(({ name, expression }, at) => {
    const place = `${field}.matchConditions[${at}]`;
    if (!name) return [requiredValue(`${place}.name`)];
    try {
      compileCel(expression, matchConditionVariables);
      return [];
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      return [invalidValue(`${place}.expression`, expression, `compilation failed: ${error.message}`)];
    }
  });
}
