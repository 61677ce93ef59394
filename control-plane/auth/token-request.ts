import type { Clock } from '../../lib/clock.ts';
import { pods, secrets, serviceAccounts } from '../../lib/kube/resources.ts';
import { badRequest, conflict, forbidden, invalid, notFound } from '../../lib/kube/status-errors.ts';
import { kubeTime } from '../../lib/kube/time.ts';
import type { Pod, TokenRequest } from '../../lib/kube/types.ts';
import { cacheKey, type Registry, type SubresourceHandler } from '../registry/registry.ts';
import { nodeOfAgent } from '../registry/request.ts';
import { tokenIssuer, type ServiceAccountTokens, type TokenSubject } from './service-account-tokens.ts';

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

/** `serviceaccounts/token`: a new token for the account, bound to a pod or a secret when the request names one. */
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
    const bound = reference ? boundObject(registry, key.namespace, reference, key.name) : {};
    const agentNode = nodeOfAgent(context.user);
    if (agentNode !== undefined && bound.nodeName !== agentNode) {
      throw forbidden(
        serviceAccounts,
        key.name,
        `node "${agentNode}" can only ask for tokens that are bound to pods running on it`,
      );
    }
    const audiences = spec?.audiences?.length ? spec.audiences : [tokenIssuer];
    const { pod, secret } = bound;
    const subject = { namespace: key.namespace ?? '', name: key.name, uid: metadata.uid ?? '', pod, secret };
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

interface Bound extends Pick<TokenSubject, 'pod' | 'secret'> {
  /** Where the pod runs. */
  readonly nodeName?: string | undefined;
}

type Reference = NonNullable<NonNullable<TokenRequest['spec']>['boundObjectRef']>;

/** A token goes with the pod that uses it, or with a secret. */
function boundObject(registry: Registry, namespace: string | undefined, reference: Reference, account: string): Bound {
  const { kind = '', apiVersion = '', name = '' } = reference;
  const type = kind === 'Pod' ? pods : kind === 'Secret' ? secrets : undefined;
  if (!type) throw badRequest(`cannot bind token to object of type /${apiVersion}, Kind=${kind}`);
  if (name === '') throw badRequest('Name parameter required.');
  const object = registry.of(type).cache.get(cacheKey(namespace, name))?.object;
  if (!object) throw notFound(type, name);
  const { uid = '' } = object.metadata;
  if (reference.uid && reference.uid !== uid) {
    throw conflict(
      type,
      name,
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (type === secrets) return { secret: { name, uid } };
  const { spec } = object as Pod;
  const own = spec?.serviceAccountName || 'default';
  if (own !== account) {
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.boundObjectRef',
        message: `Invalid value: "${name}": the pod runs as ${own}`,
      },
    ]);
  }
  return { pod: { name, uid }, nodeName: spec?.nodeName };
}
