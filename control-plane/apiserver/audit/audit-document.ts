import { dataStreamFields } from '../../../lib/log-record.ts';
import type { User } from '../extension.ts';
import type { RequestInfo } from '../request-info.ts';

/** A request that has been answered. */
export interface AuditedRequest {
  readonly auditId: string;
  readonly info: RequestInfo;
  readonly path: string;
  /** Who asked; absent when that could not be found out. */
  readonly user: User | undefined;
  readonly sourceIP: string;
  readonly userAgent: string | undefined;
  readonly statusCode: number;
  readonly receivedMs: number;
  readonly durationMs: number;
  readonly isDryRun: boolean;
}

/** Longer ones are made up. */
const MAX_AGENT_LENGTH = 256;

/** A complete document for the data stream `logs-vigil.audit-*`, with Elastic Common Schema names; what upstream calls `Event` is under `kubernetes.audit`. */
export function auditDocument(request: AuditedRequest, clusterName: string): Readonly<Record<string, unknown>> {
  const { info, user, statusCode } = request;
  const who = user?.name ?? 'nobody';
  const what = info.kind === 'path' ? info.path : objectText(info);
  const isRefused = statusCode >= 400;
  return {
    '@timestamp': new Date(request.receivedMs).toISOString(),
    message: `${who} ${info.verb} ${what}: ${statusCode}`,
    log: { level: isRefused ? 'warn' : 'info' },
    event: {
      kind: 'event',
      action: info.verb,
      outcome: isRefused ? 'failure' : 'success',
      duration: Math.round(request.durationMs * 1_000_000),
    },
    user: { name: who, ...(user?.uid === undefined ? {} : { id: user.uid }), roles: user?.groups ?? [] },
    source: { ip: request.sourceIP },
    ...(request.userAgent === undefined
      ? {}
      : { user_agent: { original: request.userAgent.slice(0, MAX_AGENT_LENGTH) } }),
    http: { response: { status_code: statusCode } },
    url: { path: request.path },
    orchestrator: { cluster: { name: clusterName } },
    kubernetes: {
      ...(info.kind === 'resource' && info.namespace !== undefined ? { namespace: info.namespace } : {}),
      audit: {
        auditID: request.auditId,
        stage: 'ResponseComplete',
        level: 'Metadata',
        verb: info.verb,
        ...(request.isDryRun ? { dryRun: true } : {}),
        ...(info.kind === 'resource' ? { objectRef: objectRef(info) } : {}),
      },
    },
    data_stream: dataStreamFields('audit'),
  };
}

type ResourceInfo = RequestInfo & { readonly kind: 'resource' };

function objectRef(info: ResourceInfo): Readonly<Record<string, string>> {
  const { group, version, resource, namespace, name, subresource } = info;
  const parts = Object.entries({ apiGroup: group, apiVersion: version, resource, namespace, name, subresource });
  return Object.fromEntries(parts.filter((part): part is [string, string] => Boolean(part[1])));
}

function objectText({ group, resource, subresource, namespace, name }: ResourceInfo): string {
  const kind = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return [kind, [namespace, name].filter((part) => part !== undefined).join('/')].join(' ').trim();
}
