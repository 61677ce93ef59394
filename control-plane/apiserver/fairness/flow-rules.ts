import { serviceAccountPrefix } from '../../../lib/kube/service-account-user.ts';
import type { FlowSchema } from '../../../lib/kube/types.ts';
import type { User } from '../extension.ts';
import type { RequestInfo } from '../request-info.ts';

type Spec = NonNullable<FlowSchema['spec']>;
type Rules = NonNullable<Spec['rules']>[number];
type Subject = Rules['subjects'][number];
type ResourceRule = NonNullable<Rules['resourceRules']>[number];
type PathRule = NonNullable<Rules['nonResourceRules']>[number];

const DEFAULT_PRECEDENCE = 1000;

/** Whether requests like this one belong to the schema. Source: the flow control API's reference. */
export function schemaMatches({ spec }: FlowSchema, user: User, info: RequestInfo): boolean {
  return (spec?.rules ?? []).some((rules) => rulesMatch(rules, user, info));
}

/** In the order in which schemas are tried: by precedence, then by name. */
export function inMatchingOrder(schemas: Iterable<FlowSchema>): readonly FlowSchema[] {
  const precedence = ({ spec }: FlowSchema) => spec?.matchingPrecedence ?? DEFAULT_PRECEDENCE;
  const name = ({ metadata }: FlowSchema) => metadata?.name ?? '';
  return [...schemas].sort((a, b) => precedence(a) - precedence(b) || (name(a) < name(b) ? -1 : 1));
}

/** What tells the flows of a schema apart; '' where all its requests are one flow. */
export function distinguisherOf({ spec }: FlowSchema, user: User, info: RequestInfo): string {
  switch (spec?.distinguisherMethod?.type) {
    case 'ByUser':
      return user.name;
    case 'ByNamespace':
      return info.kind === 'resource' ? (info.namespace ?? '') : '';
    default:
      return '';
  }
}

function rulesMatch({ subjects, resourceRules, nonResourceRules }: Rules, user: User, info: RequestInfo): boolean {
  if (!subjects.some((subject) => subjectMatches(subject, user))) return false;
  return info.kind === 'resource'
    ? (resourceRules ?? []).some((rule) => resourceMatches(rule, info))
    : (nonResourceRules ?? []).some((rule) => pathMatches(rule, info.verb, info.path));
}

function subjectMatches({ kind, user: named, group, serviceAccount }: Subject, user: User): boolean {
  switch (kind) {
    case 'User':
      return named !== undefined && (named.name === '*' || named.name === user.name);
    case 'Group':
      return group !== undefined && (group.name === '*' || user.groups.includes(group.name));
    case 'ServiceAccount': {
      if (!serviceAccount) return false;
      const prefix = `${serviceAccountPrefix}${serviceAccount.namespace}:`;
      return serviceAccount.name === '*'
        ? user.name.startsWith(prefix)
        : user.name === `${prefix}${serviceAccount.name}`;
    }
    default:
      return false;
  }
}

function resourceMatches(rule: ResourceRule, info: Extract<RequestInfo, { kind: 'resource' }>): boolean {
  const { verb, group, resource, subresource, namespace } = info;
  const full = subresource === undefined ? resource : `${resource}/${subresource}`;
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups, group) &&
    has(rule.resources, full) &&
    (namespace ? has(rule.namespaces, namespace) : rule.clusterScope === true)
  );
}

function pathMatches({ verbs, nonResourceURLs }: PathRule, verb: string, path: string): boolean {
  return (
    has(verbs, verb) &&
    nonResourceURLs.some((url) => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))))
  );
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list?.some((one) => one === '*' || one === value) === true;
}
