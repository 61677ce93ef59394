import { randomUUID } from 'node:crypto';
import { messageOf } from '../../../lib/errors.ts';
import { KubeApiError } from '../../../lib/kube/client.ts';
import { applyJsonPatch } from '../../../lib/kube/json-patch.ts';
import { mutatingWebhookConfigurations, validatingWebhookConfigurations } from '../../../lib/kube/resources.ts';
import { badRequest, statusError } from '../../../lib/kube/status-errors.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../registry/admission.ts';
import { cloneObject, isEqualJson, type ApiObject } from '../../registry/api-object.ts';
import type { Registry } from '../../registry/registry.ts';
import { callWebhook } from './call.ts';
import { endpointOf } from './endpoint.ts';
import { isAsked } from './matching.ts';
import { kindText, reviewOf, verdictOf, type Verdict } from './review.ts';
import type { Webhook, WebhookKind } from './webhook.ts';

const DEFAULT_TIMEOUT_SECONDS = 10;

/** Asks mutating webhooks one after the other, in the order of their configurations' names, then validating ones side by side. */
export function admissionWebhooks(registry: Registry): AdmissionPlugin {
  const caches = {
    mutating: registry.of(mutatingWebhookConfigurations).cache,
    validating: registry.of(validatingWebhookConfigurations).cache,
  };
  const webhooksOf = (kind: WebhookKind, request: AdmissionRequest): Webhook[] => {
    const found: Webhook[] = [];
    for (const { object } of caches[kind].all()) {
      for (const webhook of (object['webhooks'] ?? []) as readonly Webhook[])
        if (isAsked(webhook, request, registry)) found.push(webhook);
    }
    return found;
  };
  return {
    name: 'Webhooks',
    admit(request) {
      if (caches.mutating.size === 0 || request.object === undefined) return;
      const webhooks = webhooksOf('mutating', request);
      if (webhooks.length > 0) return mutate(registry, webhooks, request, request.object);
    },
    validate(request) {
      if (caches.validating.size === 0) return;
      const webhooks = webhooksOf('validating', request);
      if (webhooks.length > 0)
        return Promise.all(webhooks.map((one) => ask(registry, one, request))).then(() => undefined);
    },
  };
}

async function mutate(
  registry: Registry,
  webhooks: readonly Webhook[],
  request: AdmissionRequest,
  object: ApiObject,
): Promise<void> {
  const again: { readonly webhook: Webhook; readonly seen: ApiObject }[] = [];
  for (const webhook of webhooks) {
    await mutateOnce(registry, webhook, request, object);
    if (webhook.reinvocationPolicy === 'IfNeeded') again.push({ webhook, seen: cloneObject(object) });
  }
  // Whoever asked for it sees the object once more, when others have changed it since.
  for (const { webhook, seen } of again)
    if (!isEqualJson(seen, object)) await mutateOnce(registry, webhook, request, object);
}

async function mutateOnce(
  registry: Registry,
  webhook: Webhook,
  request: AdmissionRequest,
  object: ApiObject,
): Promise<void> {
  const verdict = await ask(registry, webhook, request);
  if (verdict?.patch === undefined) return;
  try {
    replace(object, cloneObject(applyJsonPatch(object, verdict.patch)) as ApiObject);
  } catch (error) {
    throw failure(webhook, messageOf(error));
  }
  request.definition.strategy.default?.(object);
}

/** The object stays the same one, for whoever holds it. Its kind and identity are not a webhook's to change. */
function replace(object: ApiObject, by: ApiObject): void {
  const { apiVersion, kind } = object;
  const { name, namespace, uid, creationTimestamp } = object.metadata;
  for (const field of Object.keys(object)) delete object[field];
  const identity = Object.entries({ name, namespace, uid, creationTimestamp }).filter(
    ([, value]) => value !== undefined,
  );
  Object.assign(object, by, { apiVersion, kind, metadata: { ...by.metadata, ...Object.fromEntries(identity) } });
}

/** `undefined` when the webhook failed and that is to be ignored. */
async function ask(registry: Registry, webhook: Webhook, request: AdmissionRequest): Promise<Verdict | undefined> {
  if (request.context.dryRun && webhook.sideEffects !== 'None' && webhook.sideEffects !== 'NoneOnDryRun')
    throw badRequest(`admission webhook ${JSON.stringify(webhook.name)} does not support dry run`);
  const uid = randomUUID();
  let url = '';
  try {
    const endpoint = endpointOf(registry, webhook, Math.random);
    url = endpoint.url;
    const timeoutMs = (webhook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
    const answer = await callWebhook(endpoint, reviewOf(request, uid), timeoutMs);
    const verdict = verdictOf(webhook.name, uid, answer);
    request.context.warnings.push(...verdict.warnings);
    return verdict;
  } catch (error) {
    if (error instanceof KubeApiError) throw error;
    const reason = `failed to call webhook: Post ${JSON.stringify(url)}: ${messageOf(error)}`;
    registry.log.warn({ webhook: webhook.name, kind: kindText(request), reason }, 'admission webhook failed');
    if (webhook.failurePolicy === 'Ignore') return undefined;
    throw failure(webhook, reason);
  }
}

function failure(webhook: Webhook, reason: string): Error {
  return statusError(
    500,
    'InternalError',
    `Internal error occurred: failed calling webhook ${JSON.stringify(webhook.name)}: ${reason}`,
    { causes: [{ message: `failed calling webhook ${JSON.stringify(webhook.name)}: ${reason}` }] },
  );
}
