import { apiVersionOf } from '../../../lib/kube/resources.ts';
import { statusError } from '../../../lib/kube/status-errors.ts';
import type { AdmissionRequest } from '../../registry/admission.ts';

/** `request` of an AdmissionReview (admission.k8s.io/v1), without the objects' old spellings. */
export function requestOf(request: AdmissionRequest, uid: string): Readonly<Record<string, unknown>> {
  const { operation, definition, subresource, namespace, name, context } = request;
  const { group, version, kind, plural } = definition.resource;
  const gvk = { group, version, kind };
  const gvr = { group, version, resource: plural };
  return {
    uid,
    kind: gvk,
    resource: gvr,
    ...(subresource === undefined ? {} : { subResource: subresource }),
    requestKind: gvk,
    requestResource: gvr,
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
    object: request.object ?? null,
    oldObject: request.old ?? null,
    dryRun: context.dryRun,
    options: { apiVersion: 'meta.k8s.io/v1', kind: optionsKind[operation] },
  };
}

const optionsKind = {
  CREATE: 'CreateOptions',
  UPDATE: 'UpdateOptions',
  DELETE: 'DeleteOptions',
  CONNECT: 'ConnectOptions',
} as const;

/** What a webhook said. */
export interface Verdict {
  readonly warnings: readonly string[];
  /** RFC 6902 operations of a mutating webhook. */
  readonly patch: unknown;
}

/** Reads the answer to the review of `uid`. Throws an `Error` when it is none, and a `KubeApiError` when the request is denied. */
export function verdictOf(webhookName: string, uid: string, body: unknown): Verdict {
  const review = body as { kind?: unknown; response?: Readonly<Record<string, unknown>> } | null;
  const response = review?.response;
  if (review?.kind !== 'AdmissionReview' || typeof response !== 'object')
    throw new Error('the answer is not an AdmissionReview with a response');
  if (response['uid'] !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'])}`);
  if (response['allowed'] !== true) throw denial(webhookName, response['status']);
  const warnings = Array.isArray(response['warnings']) ? response['warnings'].map(String) : [];
  const { patch, patchType } = response;
  if (patch === undefined || patch === null) return { warnings, patch: undefined };
  if (typeof patch !== 'string') throw new Error('patch is not base64 text');
  if (patchType !== 'JSONPatch')
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
export function reviewOf(request: AdmissionRequest, uid: string): object {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: requestOf(request, uid) };
}

/** As kinds are named in messages. */
export function kindText({ definition }: AdmissionRequest): string {
  return `${apiVersionOf(definition.resource)}, Kind=${definition.resource.kind}`;
}
