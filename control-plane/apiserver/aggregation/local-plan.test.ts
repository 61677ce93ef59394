import { describe, expect, test } from 'vitest';
import type { APIService } from '../../../lib/kube/types.ts';
import { localApiService, localPriority, managedLabel, planLocal, type LocalGroupVersion } from './local-plan.ts';

const builtIn: LocalGroupVersion = { group: 'apps', version: 'v1', keeping: 'onstart' };
const custom: LocalGroupVersion = { group: 'shop.example.com', version: 'v1', keeping: 'true' };
const computed: LocalGroupVersion = { group: 'metrics.k8s.io', version: 'v1beta1', keeping: 'fallback' };

function changed(local: LocalGroupVersion, label: string | undefined): APIService {
  const object = localApiService(local);
  const service = { namespace: 'a', name: 'b', port: 443 };
  const { name } = object.metadata ?? {};
  return {
    ...object,
    metadata: { ...(name === undefined ? {} : { name }), labels: label === undefined ? {} : { [managedLabel]: label } },
    spec: { groupPriorityMinimum: 1, versionPriority: 1, ...object.spec, service },
  };
}

describe('the APIService of a local group version', () => {
  const cases: readonly (readonly [string, Parameters<typeof planLocal>, ReturnType<typeof planLocal>])[] = [
    ['is made when it is not there', [builtIn, undefined, false], 'create'],
    ['is made for computed groups too', [computed, undefined, true], 'create'],
    ['is kept when it is as it should be', [builtIn, localApiService(builtIn), true], 'keep'],
    ['is set right at the start', [builtIn, changed(builtIn, 'onstart'), true], 'update'],
    ['is left to the administrator after the start', [builtIn, changed(builtIn, 'onstart'), false], 'keep'],
    ['of a custom kind is always set right', [custom, changed(custom, 'true'), false], 'update'],
    ["is somebody else's without the label", [custom, changed(custom, undefined), true], 'keep'],
    ['may be taken over where the group is computed', [computed, changed(computed, undefined), true], 'keep'],
    ['goes with the custom kind', [undefined, localApiService(custom), false], 'delete'],
    [
      'goes at the start when a built-in group is served no longer',
      [undefined, localApiService(builtIn), true],
      'delete',
    ],
    ['of another server stays', [undefined, changed(custom, undefined), true], 'keep'],
    ['that nobody wants is not made', [undefined, undefined, true], 'keep'],
  ];
  test.each(cases)('%s', (_, args, action) => {
    expect(planLocal(...args)).toBe(action);
  });
});

test('groups and versions have the ranks that upstream gives them', () => {
  expect(localPriority('', 'v1')).toEqual({ group: 18_000, version: 1 });
  expect(localPriority('autoscaling', 'v2')).toEqual({ group: 17_500, version: 30 });
  expect(localPriority('shop.example.com', 'v1')).toEqual({ group: 1000, version: 100 });
  expect(localApiService(computed)).toMatchObject({ spec: { groupPriorityMinimum: 100, versionPriority: 100 } });
});
