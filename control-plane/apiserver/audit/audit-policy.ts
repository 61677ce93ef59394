import { VigilError } from '../../../lib/errors.ts';
import type { User } from '../extension.ts';
import type { RequestInfo } from '../request-info.ts';

export type AuditLevel = 'None' | 'Metadata';

/** One rule of an audit policy (`audit.k8s.io/v1`); what it does not name, it means all of. */
export interface AuditRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[] | undefined;
  readonly userGroups?: readonly string[] | undefined;
  readonly verbs?: readonly string[] | undefined;
  readonly namespaces?: readonly string[] | undefined;
  readonly resources?:
    | readonly {
        readonly group?: string | undefined;
        readonly resources?: readonly string[] | undefined;
        readonly resourceNames?: readonly string[] | undefined;
      }[]
    | undefined;
  readonly nonResourceURLs?: readonly string[] | undefined;
}

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/**
 * What is kept unless a policy says otherwise: every write of a person or a program, every look at a Secret, everything done inside a container; not what the
 * cluster does by itself.
 */
export const defaultPolicy: readonly AuditRule[] = [
  { level: 'None', userGroups: ['system:nodes'] },
  {
    level: 'None',
    resources: [
      { group: '', resources: ['events'] },
      { group: 'events.k8s.io', resources: ['events'] },
    ],
  },
  { level: 'None', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
  {
    level: 'Metadata',
    resources: [
      {
        group: '',
        resources: ['secrets', 'serviceaccounts/token', 'pods/exec', 'pods/attach', 'pods/portforward', 'nodes/proxy'],
      },
    ],
  },
  { level: 'Metadata', verbs: writes, resources: [{}] },
  { level: 'None' },
];

/** The level of the first rule that means a request; a request that none means is not kept, as upstream. Pure. */
export function auditLevel(rules: readonly AuditRule[], user: User | undefined, info: RequestInfo): AuditLevel {
  return rules.find((rule) => ruleMeans(rule, user, info))?.level ?? 'None';
}

function ruleMeans(rule: AuditRule, user: User | undefined, info: RequestInfo): boolean {
  const has = (list: readonly string[] | undefined, value: string) => !list?.length || list.includes(value);
  if (!has(rule.users, user?.name ?? '') || !has(rule.verbs, info.verb)) return false;
  if (rule.userGroups?.length && !rule.userGroups.some((group) => user?.groups.includes(group))) return false;
  const isAboutPaths = rule.nonResourceURLs !== undefined && rule.nonResourceURLs.length > 0;
  const isAboutResources = Boolean(rule.resources?.length) || Boolean(rule.namespaces?.length);
  if (info.kind === 'path') {
    if (isAboutResources) return false;
    return !isAboutPaths || (rule.nonResourceURLs ?? []).some((pattern) => pathMeans(pattern, info.path));
  }
  if (isAboutPaths && !isAboutResources) return false;
  if (!has(rule.namespaces, info.namespace ?? '')) return false;
  if (!rule.resources?.length) return true;
  const name = info.subresource === undefined ? info.resource : `${info.resource}/${info.subresource}`;
  return rule.resources.some(
    ({ group, resources, resourceNames }) =>
      (group === undefined || group === info.group) &&
      (!resources?.length ||
        resources.some(
          (one) => one === name || one === '*' || one === `${info.resource}/*` || one === `*/${info.subresource}`,
        )) &&
      (!resourceNames?.length || resourceNames.includes(info.name ?? '')),
  );
}

function pathMeans(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

/** Reads a policy of `audit.k8s.io/v1`. Throws an error that names the field; bodies are never kept, so levels that ask for them are refused. */
export function parseAuditPolicy(policy: unknown): readonly AuditRule[] {
  const { kind, rules } = (policy ?? {}) as { readonly kind?: unknown; readonly rules?: unknown };
  if (kind !== 'Policy') throw invalid('kind', 'must be Policy');
  if (!Array.isArray(rules) || rules.length === 0) throw invalid('rules', 'must have at least one rule');
  return (rules as unknown[]).map((rule, at): AuditRule => {
    const { level } = (rule ?? {}) as { readonly level?: unknown };
    if (level !== 'None' && level !== 'Metadata')
      throw invalid(
        `rules[${at}].level`,
        `${JSON.stringify(level)} is not supported: None or Metadata; bodies are never kept`,
      );
    return rule as AuditRule;
  });
}

function invalid(field: string, what: string): VigilError {
  return new VigilError('BAD_CONFIG', 'invalid', `audit policy: ${field}: ${what}`);
}
