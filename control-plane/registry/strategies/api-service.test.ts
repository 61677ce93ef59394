import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../lib/kube/types.ts';
import { defaulted, problems } from '../../../test/support/strategy-verdicts.ts';
import { apiServiceColumns } from '../columns/cluster-columns.ts';
import { apiServiceStrategy } from './api-service.ts';

const remote = (spec: object = {}, name = 'v1alpha1.wardle.example.com') => ({
  metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    group: 'wardle.example.com',
    version: 'v1alpha1',
    groupPriorityMinimum: 2000,
    versionPriority: 200,
    service: { namespace: 'wardle', name: 'api' },
    ...spec,
  },
});

describe('an APIService is refused', () => {
  const cases: readonly (readonly [string, object, readonly string[]])[] = [
    ['never when it is in order', remote(), []],
    [
      'under another name',
      remote({}, 'wardle'),
      ['metadata.name: Invalid value: "wardle": must be `spec.version+"."+spec.group`: "v1alpha1.wardle.example.com"'],
    ],
    [
      'of the core group in a version of its own',
      remote({ group: '' }, 'v1alpha1.'),
      ['spec.group: Required value: only v1 may have an empty group and it better be legacy kube'],
    ],
    [
      'with priorities out of bounds',
      remote({ groupPriorityMinimum: 20_001, versionPriority: 0 }),
      [
        'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
        'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
      ],
    ],
    [
      'without a Service and yet with how to reach it',
      remote({ service: undefined, caBundle: 'YQ==', insecureSkipTLSVerify: true }),
      [
        'spec.caBundle: Invalid value: "1 bytes": local APIServices may not have a caBundle',
        'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
      ],
    ],
    [
      'with half a Service',
      remote({ service: { port: 70_000 } }),
      [
        'spec.service.namespace: Required value',
        'spec.service.name: Required value',
        'spec.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive',
      ],
    ],
    [
      'with a bundle that nobody is to look at',
      remote({ caBundle: 'YQ==', insecureSkipTLSVerify: true }),
      ['spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present'],
    ],
  ];
  test.each(cases)('%s', (_, object, expected) => {
    expect(problems(apiServiceStrategy, object)).toEqual(expected);
  });
});

test('the port is 443 unless said, and what is local is available from the start', () => {
  expect(defaulted(apiServiceStrategy, remote())).toMatchObject({ spec: { service: { port: 443 } }, status: {} });
  expect(defaulted(apiServiceStrategy, remote({ service: undefined })).status?.conditions).toEqual([
    {
      type: 'Available',
      status: 'True',
      reason: 'Local',
      message: 'Local APIServices are always available',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ]);
});

test('kubectl shows which Service answers and why it does not', () => {
  const cells = (object: object) => apiServiceColumns.slice(0, 3).map((one) => one.value(object as KubeObject, 0));
  const named = remote();
  expect(cells(named)).toEqual(['v1alpha1.wardle.example.com', 'wardle/api', 'Unknown']);
  expect(
    cells({ ...remote({ service: undefined }), status: { conditions: [{ type: 'Available', status: 'True' }] } }),
  ).toEqual(['v1alpha1.wardle.example.com', 'Local', 'True']);
  const condition = { type: 'Available', status: 'False', reason: 'MissingEndpoints' };
  expect(cells({ ...named, status: { conditions: [condition] } })[2]).toBe('False (MissingEndpoints)');
});
