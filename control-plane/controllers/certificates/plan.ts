import { kubeTime } from '../../../lib/kube/time.ts';
import type { CertificateSigningRequest } from '../../../lib/kube/types.ts';

type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

const HOUR_MS = 3_600_000;
/** How long requests are kept, as upstream: decided ones for an hour, pending ones for a day. */
const KEPT_MS = { decided: HOUR_MS, pending: 24 * HOUR_MS };

/** For what a signer of this cluster makes certificates. */
export const signers: Readonly<Record<string, readonly ('client' | 'server')[]>> = {
  'kubernetes.io/kube-apiserver-client': ['client'],
  'kubernetes.io/kube-apiserver-client-kubelet': ['client'],
  'kubernetes.io/kubelet-serving': ['server'],
};

export type CertificatePlan =
  | { readonly action: 'sign' }
  | { readonly action: 'remove' }
  | { readonly action: 'wait'; readonly ms: number };

/** What is to be done about a request now. Pure. */
export function planCertificate(request: CertificateSigningRequest, nowMs: number): CertificatePlan {
  const { spec, status, metadata } = request;
  const has = (type: string) => status?.conditions?.some((condition) => condition.type === type) === true;
  const isOurs = Object.hasOwn(signers, spec.signerName);
  if (isOurs && has('Approved') && !has('Denied') && !has('Failed') && !status?.certificate) return { action: 'sign' };
  const decided = status?.conditions?.find(({ type }) => type === 'Approved' || type === 'Denied' || type === 'Failed');
  const sinceMs = Date.parse(decided?.lastUpdateTime ?? metadata?.creationTimestamp ?? '');
  const leftMs = sinceMs + (decided ? KEPT_MS.decided : KEPT_MS.pending) - nowMs;
  return leftMs <= 0 ? { action: 'remove' } : { action: 'wait', ms: leftMs };
}

export function failedCondition(message: string, nowMs: number): Condition {
  const time = kubeTime(nowMs);
  return {
    type: 'Failed',
    status: 'True',
    reason: 'SignerValidationFailure',
    message,
    lastUpdateTime: time,
    lastTransitionTime: time,
  };
}
