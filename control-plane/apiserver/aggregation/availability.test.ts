import { describe, expect, test } from 'vitest';
import type { EndpointSlice, Service } from '../../../lib/kube/types.ts';
import { failedDiscoveryCheck, passed, serviceProblem, statusWith } from './availability.ts';

const route = { service: { namespace: 'wardle', name: 'api', port: 443 } };
const service = (spec: Service['spec'] = {}): Service => ({ spec: { ports: [{ name: 'https', port: 443 }], ...spec } });
const slice = (ready: boolean | undefined, name = 'https', addresses = ['10.0.0.1']): EndpointSlice => ({
  addressType: 'IPv4',
  ports: [{ name, port: 8443 }],
  endpoints: [{ addresses, ...(ready === undefined ? {} : { conditions: { ready } }) }],
});

describe('the Service of an aggregated server', () => {
  const missing = {
    status: 'False',
    reason: 'MissingEndpoints',
    message: 'endpointslices for service/api in "wardle" have no addresses with port name "https"',
  };
  const cases: readonly (readonly [string, Service | undefined, readonly EndpointSlice[], object | undefined])[] = [
    [
      'may be absent',
      undefined,
      [],
      { status: 'False', reason: 'ServiceNotFound', message: 'service/api in "wardle" is not present' },
    ],
    [
      'may have another port',
      service({ ports: [{ port: 80 }] }),
      [slice(true)],
      { status: 'False', reason: 'ServicePortError', message: 'service/api in "wardle" is not listening on port 443' },
    ],
    [
      'may have no slices',
      service(),
      [],
      {
        status: 'False',
        reason: 'EndpointsNotFound',
        message: 'cannot find endpointslices for service/api in "wardle"',
      },
    ],
    ['may have endpoints that are not ready', service(), [slice(false)], missing],
    ['may have endpoints of another port', service(), [slice(true, 'http')], missing],
    ['may have slices without an address', service(), [slice(true, 'https', [])], missing],
    ['is well with one ready endpoint', service(), [slice(false), slice(true)], undefined],
    ['is well when readiness is not told', service(), [slice(undefined)], undefined],
    ['is not looked into when it lies elsewhere', service({ type: 'ExternalName' }), [], undefined],
  ];
  test.each(cases)('%s', (_, present, slices, expected) => {
    expect(serviceProblem(route, present, slices)).toEqual(expected);
  });
});

test('a condition keeps the time of its last turn and leaves other conditions alone', () => {
  const other = { type: 'Other', status: 'True' };
  const first = statusWith({ conditions: [other] }, failedDiscoveryCheck('no answer'), 0);
  expect(first.conditions).toEqual([
    other,
    {
      type: 'Available',
      status: 'False',
      reason: 'FailedDiscoveryCheck',
      message: 'no answer',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    },
  ]);
  const second = statusWith(first, failedDiscoveryCheck('still none'), 60_000);
  expect(second.conditions?.[1]).toMatchObject({ message: 'still none', lastTransitionTime: '1970-01-01T00:00:00Z' });
  expect(statusWith(second, failedDiscoveryCheck('still none'), 90_000)).toBe(second);
  const well = statusWith(second, passed, 120_000);
  expect(well.conditions?.[1]).toMatchObject({ status: 'True', lastTransitionTime: '1970-01-01T00:02:00Z' });
  expect(statusWith(well, undefined, 180_000).conditions?.[1]).toMatchObject({ status: 'True', reason: 'Local' });
});
