import { describe, expect, it } from 'vitest';
import { defaulted, problems, updateProblems, service } from '../../../test/support/strategy-verdicts.ts';
import type * as t from '../../../lib/kube/types.ts';
import { endpointSliceStrategy } from './endpoint-slice.ts';
import { serviceStrategy } from './service.ts';

describe('validation of services', () => {
  it.each<[string, object, string]>([
    ['no ports', service({ ports: [] }), 'spec.ports: Required value'],
    [
      'a type',
      service({ type: 'Magic' }),
      'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    ['two nameless ports', service({ ports: [{ port: 1 }, { port: 2 }] }), 'spec.ports[0].name: Required value'],
    [
      'a node port on a cluster address',
      service({ ports: [{ port: 1, nodePort: 30000 }] }),
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
    [
      'a port out of range',
      service({ ports: [{ port: 0 }] }),
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      'an address that is none',
      service({ clusterIP: 'here' }),
      'spec.clusterIPs[0]: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    ['an external name that is none', service({ type: 'ExternalName' }), 'spec.externalName: Required value'],
  ])('refuses %s', (_name, object, expected) => {
    expect(problems(serviceStrategy, object)).toContain(expected);
  });

  it('accepts a headless service without ports', () => {
    expect(problems(serviceStrategy, service({ clusterIP: 'None', ports: undefined }))).toEqual([]);
  });

  it('keeps the address that a service was given, also when an update does not name it', () => {
    const given = service({ clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'] });
    const update = structuredClone(service()) as t.Service;
    serviceStrategy.prepareForUpdate?.(update, given);
    expect(update.spec?.clusterIP).toBe('10.96.0.7');
    expect(updateProblems(serviceStrategy, given, service({ clusterIP: '10.96.0.8' }))).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set',
      'spec.clusterIP: Invalid value: "10.96.0.8": field is immutable',
    ]);
  });

  it('loses what only its old type has when the type changes', () => {
    const old = defaulted(serviceStrategy, service({ type: 'NodePort' }));
    const update = structuredClone(old);
    Object.assign(update.spec ?? {}, { type: 'ClusterIP' });
    serviceStrategy.prepareForUpdate?.(update, old);
    expect(update.spec).not.toHaveProperty('externalTrafficPolicy');
    expect(problems(serviceStrategy, service({ externalTrafficPolicy: 'Local' }))).toEqual([
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ]);
  });

  it('refuses addresses of the wrong family in an endpoint slice', () => {
    expect(
      problems(endpointSliceStrategy, { addressType: 'IPv4', endpoints: [{ addresses: ['::1'] }, { addresses: [] }] }),
    ).toEqual([
      'endpoints[0].addresses: Invalid value: "::1": must be an IPv4 address',
      'endpoints[1].addresses: Required value: must contain at least 1 address',
    ]);
  });
});
