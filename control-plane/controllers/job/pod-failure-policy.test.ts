import { expect, test } from 'vitest';
import type { ContainerStatus, Pod } from '../../../lib/kube/types.ts';
import { policyVerdict, type PolicyVerdict } from './pod-failure-policy.ts';

const ended = (name: string, exitCode: number): ContainerStatus => ({
  name,
  image: 'i',
  imageID: '',
  ready: false,
  restartCount: 0,
  state: { terminated: { exitCode } },
});
const pod = (status: NonNullable<Pod['status']>): Pod => ({ metadata: { namespace: 'default', name: 'p' }, status });
const counts: PolicyVerdict = { action: 'Count', message: '' };
const failed = (name: string, code: number): PolicyVerdict => ({
  action: 'FailJob',
  message: `Container ${name} for pod default/p failed with exit code ${code} matching FailJob rule at index 0`,
});
const on = (operator: 'In' | 'NotIn', containerName?: string) => ({
  rules: [{ action: 'FailJob', onExitCodes: { operator, values: [42], containerName } }],
});

test.each<[string, Parameters<typeof policyVerdict>[0], NonNullable<Pod['status']>, PolicyVerdict]>([
  ['a code that is meant', on('In'), { containerStatuses: [ended('main', 42)] }, failed('main', 42)],
  ['another code', on('In'), { containerStatuses: [ended('main', 1)] }, counts],
  ['a code that is not excepted', on('NotIn'), { containerStatuses: [ended('main', 1)] }, failed('main', 1)],
  ['success, whatever is excepted', on('NotIn'), { containerStatuses: [ended('main', 0)] }, counts],
  ['an init container', on('In'), { initContainerStatuses: [ended('init', 42)] }, failed('init', 42)],
  ['a container that is not meant', on('In', 'main'), { containerStatuses: [ended('side', 42)] }, counts],
  ['a look into the pod', on('In'), { ephemeralContainerStatuses: [ended('debugger', 42)] }, counts],
])('an exit of a pod that failed: %s', (_what, policy, status, verdict) => {
  expect(policyVerdict(policy, pod(status))).toEqual(verdict);
});
