import type { Job, Pod } from '../../../lib/kube/types.ts';

type Policy = NonNullable<NonNullable<Job['spec']>['podFailurePolicy']>;
type Rule = Policy['rules'][number];

/** What a failed pod means for its job. */
export interface PolicyVerdict {
  readonly action: 'FailJob' | 'Ignore' | 'Count' | 'FailIndex';
  readonly message: string;
}

/** The first rule that a failed pod matches; it counts when none does. Pure. */
export function policyVerdict(policy: Policy | undefined, pod: Pod): PolicyVerdict {
  for (const [at, rule] of (policy?.rules ?? []).entries()) {
    const why = rule.onExitCodes ? matchedExit(rule.onExitCodes, pod) : matchedCondition(rule.onPodConditions, pod);
    if (why !== undefined)
      return {
        action: rule.action as PolicyVerdict['action'],
        message: `${why} matching ${rule.action} rule at index ${at}`,
      };
  }
  return { action: 'Count', message: '' };
}

function matchedExit(
  { containerName, operator, values }: NonNullable<Rule['onExitCodes']>,
  pod: Pod,
): string | undefined {
  const { namespace, name } = pod.metadata ?? {};
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  for (const status of [...initContainerStatuses, ...containerStatuses]) {
    if (containerName !== undefined && status.name !== containerName) continue;
    const code = status.state?.terminated?.exitCode;
    if (code === undefined || code === 0) continue;
    if (values.includes(code) === (operator === 'In'))
      return `Container ${status.name} for pod ${namespace}/${name} failed with exit code ${code}`;
  }
  return undefined;
}

function matchedCondition(patterns: Rule['onPodConditions'], pod: Pod): string | undefined {
  const { namespace, name } = pod.metadata ?? {};
  const found = patterns?.find((pattern) =>
    pod.status?.conditions?.some(
      (condition) => condition.type === pattern.type && condition.status === (pattern.status || 'True'),
    ),
  );
  return found && `Pod ${namespace}/${name} has condition ${found.type}`;
}
