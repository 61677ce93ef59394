import { apiVersionOf } from '../../../lib/kube/resources.ts';
import { statusError } from '../../../lib/kube/status-errors.ts';
import type { AdmissionRequest } from '../../registry/admission.ts';

/** `request` of an AdmissionReview (admission.k8s.io/v1), without the objects' old spellings. */
export function requestOf(request: AdmissionRequest, uid: string): Readonly<Record<string, unknown>> {
  const { operation, definition, subresource, namespace, name, context } = request;
  const { group, version, plural } = definition.resource;
  const isConnect = operation === 'CONNECT';
  const gvk = { group, version, kind: (isConnect ? request.object?.kind : undefined) ?? definition.resource.kind };
  const gvr = { group, version, resource: plural };
  const sent = request.requested ?? definition.resource;
  return {
    uid,
    kind: gvk,
    resource: gvr,
    ...(subresource === undefined ? {} : { subResource: subresource }),
    requestKind: request.requested ? { group: sent.group, version: sent.version, kind: sent.kind } : gvk,
    requestResource: { group: sent.group, version: sent.version, resource: sent.plural },
    ...(subresource === undefined ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    operation,
    userInfo: {
      username: context.user.name,
      ...(context.user.uid === undefined ? {} : { uid: context.user.uid }),
      groups: context.user.groups,
      ...(context.user.extra ? { extra: context.user.extra } : {}),
    },
    object: (isConnect ? withoutMetadata(request.object) : request.object) ?? null,
    oldObject: request.old ?? null,
    dryRun: context.dryRun,
    options: isConnect ? null : { apiVersion: 'meta.k8s.io/v1', kind: optionsKind[operation] },
  };
}

/** What a request to go through asks for is no object that has metadata. */
function withoutMetadata(object: AdmissionRequest['object']): object | undefined {
  if (!object) return undefined;
  const { metadata: _, ...options } = object;
  return options;
}

const optionsKind = {
  CREATE: 'CreateOptions',
  UPDATE: 'UpdateOptions',
  DELETE: 'DeleteOptions',
} as const;

/** What a webhook said. */
export interface Verdict {
  readonly warnings: readonly string[];
  /** RFC 6902 operations of a mutating webhook. */
  readonly patch: unknown;
}

/** Versions of reviews that this server speaks; they have the same members. */
export const reviewVersions = ['v1', 'v1beta1'] as const;
export type ReviewVersion = (typeof reviewVersions)[number];

/** The first of a webhook's versions that is spoken here. */
export function reviewVersionOf(admissionReviewVersions: readonly string[]): ReviewVersion {
  for (const version of admissionReviewVersions) {
    const spoken = reviewVersions.find((one) => one === version);
    if (spoken) return spoken;
  }
  return 'v1';
}

/** Reads the answer to the review of `uid`. Throws an `Error` when it is none, and a `KubeApiError` when the request is denied. */
export function verdictOf(webhookName: string, uid: string, body: unknown, version: ReviewVersion = 'v1'): Verdict {
  const review = body as { kind?: unknown; response?: Readonly<Record<string, unknown>> } | null;
  const response = review?.response;
  if (review?.kind !== 'AdmissionReview' || typeof response !== 'object')
    throw new Error('the answer is not an AdmissionReview with a response');
  // Reviews of the older version are answered without saying which, and how a patch is written.
  const isOlder = version === 'v1beta1';
  if (!isOlder && response['uid'] !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'])}`);
  if (response['allowed'] !== true) throw denial(webhookName, response['status']);
  const warnings = Array.isArray(response['warnings']) ? response['warnings'].map(String) : [];
  const { patch, patchType } = response;
  if (patch === undefined || patch === null) return { warnings, patch: undefined };
  if (typeof patch !== 'string') throw new Error('patch is not base64 text');
  if (patchType !== 'JSONPatch' && !(isOlder && patchType === undefined))
    throw new Error(`patchType is ${JSON.stringify(patchType)}, only "JSONPatch" can be applied`);
  return { warnings, patch: JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as unknown };
}

function denial(webhookName: string, status: unknown): Error {
  const { code, reason, message, details } = (status ?? {}) as {
    code?: number;
    reason?: string;
    message?: string;
    details?: { causes?: [] };
  };
  const denied = `admission webhook ${JSON.stringify(webhookName)} denied the request`;
  const text = message ? `${denied}: ${message}` : reason ? `${denied}: ${reason}` : `${denied} without explanation`;
  const httpCode = code !== undefined && code >= 400 && code < 600 ? code : 403;
  return statusError(httpCode, reason ?? (httpCode === 403 ? 'Forbidden' : ''), text, details);
}

/** The whole review. */
export function reviewOf(request: AdmissionRequest, uid: string, version: ReviewVersion = 'v1'): object {
  return { apiVersion: `admission.k8s.io/${version}`, kind: 'AdmissionReview', request: requestOf(request, uid) };
}

/** As kinds are named in messages. */
export function kindText({ definition }: AdmissionRequest): string {
  return `${apiVersionOf(definition.resource)}, Kind=${definition.resource.kind}`;
}
