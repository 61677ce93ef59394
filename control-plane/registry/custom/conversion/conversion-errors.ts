import { isDns1035Label } from '../../../../lib/kube/name-rules.ts';
import type { CustomResourceDefinition } from '../../../../lib/kube/types.ts';
import type { FieldError } from '../../strategy.ts';
import { clientConfigErrors } from '../../strategies/webhook-client-config.ts';
import {
  duplicateValue,
  forbiddenField,
  invalidValue,
  requiredValue,
  unsupportedValue,
} from '../../strategies/field-errors.ts';

type Conversion = CustomResourceDefinition['spec']['conversion'];
type Webhook = NonNullable<NonNullable<Conversion>['webhook']>;

const field = 'spec.conversion';
const versionsField = `${field}.conversionReviewVersions`;
const onlyWithWebhook = 'should not be set when strategy is not set to Webhook';
const reviewVersions: readonly string[] = ['v1', 'v1beta1'];

/** What is wrong with how versions are converted. */
export function conversionErrors(conversion: Conversion): readonly FieldError[] {
  const { strategy, webhook } = conversion ?? {};
  if (!strategy) return [requiredValue(`${field}.strategy`)];
  if (strategy === 'None')
    return [
      ...(webhook?.clientConfig ? [forbiddenField(`${field}.webhookClientConfig`, onlyWithWebhook)] : []),
      ...((webhook as Partial<Webhook> | undefined)?.conversionReviewVersions?.length
        ? [forbiddenField(versionsField, onlyWithWebhook)]
        : []),
    ];
  if (strategy !== 'Webhook') return [unsupportedValue(`${field}.strategy`, strategy, ['None', 'Webhook'])];
  const { clientConfig } = webhook ?? {};
  return [
    ...(clientConfig
      ? clientConfigErrors(clientConfig, `${field}.webhookClientConfig`)
      : [requiredValue(`${field}.webhookClientConfig`, 'required when strategy is set to Webhook')]),
    ...reviewVersionErrors(webhook?.conversionReviewVersions ?? []),
  ];
}

function reviewVersionErrors(versions: readonly string[]): readonly FieldError[] {
  if (versions.length === 0) return [requiredValue(versionsField)];
  const errors: FieldError[] = [];
  for (const [at, version] of versions.entries()) {
    if (versions.indexOf(version) !== at) errors.push(duplicateValue(`${versionsField}[${at}]`, version));
    errors.push(...isDns1035Label(version).map((message) => invalidValue(`${versionsField}[${at}]`, version, message)));
  }
  if (!versions.some((version) => reviewVersions.includes(version)))
    errors.push(invalidValue(versionsField, versions, `must include at least one of ${reviewVersions.join(', ')}`));
  return errors;
}
