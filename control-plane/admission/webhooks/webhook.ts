import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../../../lib/kube/types.ts';

/** A webhook of either kind, with defaults filled in by the API. */
export type Webhook = NonNullable<MutatingWebhookConfiguration['webhooks']>[number] &
  NonNullable<ValidatingWebhookConfiguration['webhooks']>[number];

export type WebhookKind = 'mutating' | 'validating';
