import type { Clock } from '../../lib/clock.ts';
import { pods, serviceAccounts } from '../../lib/kube/resources.ts';
import { conflict, forbidden, invalid, notFound } from '../../lib/kube/status-errors.ts';
import { kubeTime } from '../../lib/kube/time.ts';
import type { Pod, TokenRequest } from '../../lib/kube/types.ts';
import type { SubresourceHandler } from '../registry/registry.ts';
import { nodeOfAgent } from '../registry/request.ts';
import { tokenIssuer, type ServiceAccountTokens } from './service-account-tokens.ts';

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

/** `serviceaccounts/token`: a new token for the account, bound to a pod when the request names one. */
export function tokenRequest(tokens: ServiceAccountTokens, clock: Clock): SubresourceHandler {
  return async (registry, key, body, context) => {
    const account = registry.of(serviceAccounts).cache.get(`${key.namespace ?? ''}/${key.name}`);
    if (!account) throw notFound(serviceAccounts, key.name);
    const { metadata } = account.object;
    const { spec } = body as unknown as TokenRequest;
    const seconds = spec?.expirationSeconds ?? DEFAULT_SECONDS;
    if (!Number.isInteger(seconds) || seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
      throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
        {
          reason: 'FieldValueInvalid',
          field: 'spec.expirationSeconds',
          message: `Invalid value: ${seconds}: may not specify a duration ${seconds < MIN_SECONDS ? 'less than 10 minutes' : 'larger than 2^32 seconds'}`,
        },
      ]);
    }
    const reference = spec?.boundObjectRef;
    const pod =
      reference &&
      (registry.of(pods).cache.get(`${key.namespace ?? ''}/${reference.name ?? ''}`)?.object as Pod | undefined);
    const bound = reference ? boundPod(pod, reference, key.name) : undefined;
    const agentNode = nodeOfAgent(context.user);
    if (agentNode !== undefined && pod?.spec?.nodeName !== agentNode) {
      throw forbidden(
        serviceAccounts,
        key.name,
        `node "${agentNode}" can only ask for tokens that are bound to pods running on it`,
      );
    }
    const audiences = spec?.audiences?.length ? spec.audiences : [tokenIssuer];
    const subject = { namespace: key.namespace ?? '', name: key.name, uid: metadata.uid ?? '', pod: bound };
    const { token, expiresMs } = await tokens.sign(subject, audiences, seconds);
    return {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: key.name, namespace: key.namespace ?? '', creationTimestamp: kubeTime(clock.now()) },
      spec: { ...spec, audiences, expirationSeconds: seconds },
      status: { token, expirationTimestamp: kubeTime(expiresMs) },
    };
  };
}

function boundPod(
  pod: Pod | undefined,
  reference: NonNullable<NonNullable<TokenRequest['spec']>['boundObjectRef']>,
  account: string,
): { name: string; uid: string } {
  const name = reference.name ?? '';
  if (reference.kind !== 'Pod') {
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.boundObjectRef.kind',
        message: `Invalid value: ${JSON.stringify(reference.kind)}: tokens can be bound to pods only`,
      },
    ]);
  }
  if (!pod) throw notFound(pods, name);
  if (reference.uid && reference.uid !== pod.metadata?.uid) {
    throw conflict(
      pods,
      name,
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  const own = pod.spec?.serviceAccountName || 'default';
  if (own !== account) {
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.boundObjectRef',
        message: `Invalid value: "${name}": the pod runs as ${own}`,
      },
    ]);
  }
  return { name, uid: pod.metadata?.uid ?? '' };
}
