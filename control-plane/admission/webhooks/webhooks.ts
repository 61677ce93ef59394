import { randomUUID } from 'node:crypto';
import { messageOf } from '../../../lib/errors.ts';
import { KubeApiError } from '../../../lib/kube/client.ts';
import { applyJsonPatch } from '../../../lib/kube/json-patch.ts';
import {
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
  type ResourceType,
} from '../../../lib/kube/resources.ts';
import { badRequest, statusError } from '../../../lib/kube/status-errors.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../registry/admission.ts';
import { cloneObject, type ApiObject } from '../../registry/api-object.ts';
import type { Registry } from '../../registry/registry.ts';
import type { AccessRules } from '../access-authorizer.ts';
import { convertBack, requestAs } from '../equivalent-request.ts';
import { replaceObject } from '../mutated-object.ts';
import { MutatingPolicies } from '../policies/mutating-policies.ts';
import { reinvoke, type Reinvocable } from '../reinvocation.ts';
import { callWebhook } from './call.ts';
import { endpointOf } from './endpoint.ts';
import { conditionsHold, matchedType } from './matching.ts';
import { kindText, reviewOf, reviewVersionOf, verdictOf, type Verdict } from './review.ts';
import type { Webhook, WebhookKind } from './webhook.ts';

const DEFAULT_TIMEOUT_SECONDS = 10;

/** Asks mutating policies, then mutating webhooks one after the other, in the order of their configurations' names, then validating webhooks side by side. */
export function admissionWebhooks(registry: Registry, rules: AccessRules): AdmissionPlugin {
  const policies = new MutatingPolicies(registry, rules);
  const caches = {
    mutating: registry.of(mutatingWebhookConfigurations).cache,
    validating: registry.of(validatingWebhookConfigurations).cache,
  };
  const webhooksOf = (kind: WebhookKind, request: AdmissionRequest): Matched[] => {
    const found: Matched[] = [];
    for (const { object } of caches[kind].all()) {
      for (const webhook of (object['webhooks'] ?? []) as readonly Webhook[]) {
        const type = matchedType(webhook, request, registry);
        if (!type) continue;
        // What has to be converted first is looked at when it is.
        const isOwn = type === request.definition.resource;
        const holds = (shown: AdmissionRequest) => conditionsHold(webhook, shown, rules);
        if (!isOwn || holds(request)) found.push({ webhook, type, isOwn, holds });
      }
    }
    return found;
  };
  return {
    name: 'Webhooks',
    handlesConnect: true,
    admit(request) {
      const { object } = request;
      if ((caches.mutating.size === 0 && policies.isEmpty) || object === undefined) return;
      const further = (seen: readonly Reinvocable[]) => {
        const webhooks = webhooksOf('mutating', request);
        return webhooks.length > 0 ? mutate(registry, webhooks, request, object, seen) : reinvoke(seen, object);
      };
      const seen = policies.isEmpty ? [] : policies.mutate(request, object);
      return seen instanceof Promise ? seen.then(further) : further(seen);
    },
    validate(request) {
      if (caches.validating.size === 0) return;
      const webhooks = webhooksOf('validating', request);
      if (webhooks.length > 0)
        return Promise.all(webhooks.map((one) => validate(registry, one, request))).then(() => undefined);
    },
  };
}

/** A webhook, and as which kind it is asked. */
interface Matched {
  readonly webhook: Webhook;
  readonly type: ResourceType;
  readonly isOwn: boolean;
  /** Whether its conditions hold. */
  readonly holds: (shown: AdmissionRequest) => boolean;
}

/** The request as the webhook is asked about it; `undefined` when its conditions do not hold. */
async function shownTo(
  registry: Registry,
  { type, isOwn, holds }: Matched,
  request: AdmissionRequest,
): Promise<AdmissionRequest | undefined> {
  if (isOwn) return request;
  const shown = await requestAs(registry, request, type);
  return holds(shown) ? shown : undefined;
}

async function validate(registry: Registry, matched: Matched, request: AdmissionRequest): Promise<void> {
  const shown = await shownTo(registry, matched, request);
  if (shown) await ask(registry, matched.webhook, shown);
}

async function mutate(
  registry: Registry,
  webhooks: readonly Matched[],
  request: AdmissionRequest,
  object: ApiObject,
  before: readonly Reinvocable[],
): Promise<void> {
  const again = [...before];
  for (const matched of webhooks) {
    const run = () => mutateOnce(registry, matched, request, object);
    await run();
    if (matched.webhook.reinvocationPolicy === 'IfNeeded') again.push({ seen: cloneObject(object), run });
  }
  await reinvoke(again, object);
}

async function mutateOnce(
  registry: Registry,
  matched: Matched,
  request: AdmissionRequest,
  object: ApiObject,
): Promise<void> {
  const { webhook, type, isOwn } = matched;
  const shown = await shownTo(registry, matched, request);
  const verdict = shown && (await ask(registry, webhook, shown));
  if (verdict?.patch === undefined) return;
  try {
    const patched = applyJsonPatch(isOwn ? object : shown?.object, verdict.patch) as ApiObject;
    replaceObject(request, object, isOwn ? patched : await convertBack(registry, request, patched, type));
  } catch (error) {
    throw failure(webhook, messageOf(error));
  }
}

/** `undefined` when the webhook failed and that is to be ignored. */
async function ask(registry: Registry, webhook: Webhook, request: AdmissionRequest): Promise<Verdict | undefined> {
  if (request.context.dryRun && webhook.sideEffects !== 'None' && webhook.sideEffects !== 'NoneOnDryRun')
    throw badRequest(`admission webhook ${JSON.stringify(webhook.name)} does not support dry run`);
  const uid = randomUUID();
  let url = '';
  try {
    const endpoint = endpointOf(registry, webhook.clientConfig, Math.random);
    url = endpoint.url;
    const timeoutMs = (webhook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
    const version = reviewVersionOf(webhook.admissionReviewVersions);
    const answer = await callWebhook(endpoint, reviewOf(request, uid, version), timeoutMs);
    const verdict = verdictOf(webhook.name, uid, answer, version);
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
