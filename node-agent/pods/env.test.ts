import { describe, expect, test } from 'vitest';
import { agentPod, container } from '../../test/support/agent-builders.ts';
import type { Container } from '../../lib/kube/types.ts';
import { containerEnv } from './env.ts';
import { expand, expandKnown } from './expand.ts';
import { serviceEnv } from './service-env.ts';

const pod = agentPod(
  { serviceAccountName: 'robot' },
  { metadata: { labels: { app: 'web' }, name: 'a-pod', namespace: 'default', uid: 'uid-1' } },
);
const facts = {
  pod,
  podIP: '10.244.1.2',
  hostIP: '10.244.1.1',
  nodeName: 'node-1',
  allocatable: { cpu: '2', memory: '4Gi' },
};

function env(over: Partial<Container>, objects: { configMap?: object; secret?: object } = {}) {
  const found = containerEnv({
    container: container('main', over),
    facts,
    services: new Map([['A_SERVICE_HOST', '10.96.0.7']]),
    objects: { configMap: () => objects.configMap, secret: () => objects.secret },
  });
  return Object.fromEntries(found);
}

describe('$(NAME)', () => {
  const valueOf = (name: string) => ({ A: 'one', B: '' })[name];
  test.each([
    ['$(A)', 'one'],
    ['x$(A)y$(B)z', 'xoneyz'],
    ['$(MISSING)', '$(MISSING)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$A $', '$A $'],
    ['$(A', '$(A'],
    ['$$', '$'],
  ])('%s becomes %s', (text, expected) => {
    expect(expand(text, valueOf)).toBe(expected);
  });

  test('of a path must find every name', () => {
    expect(expandKnown('$(A)/$$(B)', valueOf)).toBe('one/$(B)');
    expect(() => expandKnown('$(A)/$(NONE)', valueOf)).toThrow('missing value for "NONE"');
  });
});

describe('a container sees', () => {
  test('Services, then envFrom, then env, later ones winning', () => {
    const configMap = { data: { A_SERVICE_HOST: 'from map', B: 'from map' } };
    const variables = env(
      { envFrom: [{ configMapRef: { name: 'c' } }], env: [{ name: 'B', value: 'own, $(A_SERVICE_HOST)' }] },
      { configMap },
    );
    expect(variables).toEqual({ A_SERVICE_HOST: 'from map', B: 'own, from map' });
  });

  test('its own fields and resources', () => {
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    const resource = (name: string, resource: string, divisor?: string) => ({
      name,
      valueFrom: { resourceFieldRef: { resource, ...(divisor ? { divisor } : {}) } },
    });
    const variables = env({
      resources: { limits: { memory: '64Mi' }, requests: { cpu: '250m' } },
      env: [
        field('NAME', 'metadata.name'),
        field('IP', 'status.podIP'),
        field('LABEL', "metadata.labels['app']"),
        field('ACCOUNT', 'spec.serviceAccountName'),
        resource('MEMORY', 'limits.memory', '1Mi'),
        resource('CPU', 'requests.cpu', '1m'),
        resource('CPU_LIMIT', 'limits.cpu'),
      ],
    });
    expect(variables).toMatchObject({
      NAME: 'a-pod',
      IP: '10.244.1.2',
      LABEL: 'web',
      ACCOUNT: 'robot',
      MEMORY: '64',
      CPU: '250',
      CPU_LIMIT: '2',
    });
  });

  test('Secrets decoded', () => {
    const secret = { data: { password: Buffer.from('geheim').toString('base64') } };
    expect(
      env({ env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 's', key: 'password' } } }] }, { secret })['P'],
    ).toBe('geheim');
  });

  test('what is missing in the words of the API, unless it is optional', () => {
    const ref = (optional?: boolean) => [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'k', ...(optional ? { optional } : {}) } } },
    ];
    expect(() => env({ env: ref() })).toThrow('configmap "c" not found');
    expect(() => env({ env: ref() }, { configMap: { data: {} } })).toThrow(
      "couldn't find key k in ConfigMap default/c",
    );
    expect(env({ env: ref(true) })).not.toHaveProperty('A');
    expect(() => env({ envFrom: [{ secretRef: { name: 's' } }] })).toThrow('secret "s" not found');
  });
});

test('Services with an address become variables as upstream writes them', () => {
  const service = (name: string, namespace: string, clusterIP: string) => ({
    metadata: { name, namespace },
    spec: { clusterIP, ports: [{ name: 'web', port: 80, protocol: 'TCP' }] },
  });
  const services = [
    service('my-db', 'shop', '10.96.0.5'),
    service('headless', 'shop', 'None'),
    service('other', 'x', '10.96.0.9'),
    service('kubernetes', 'default', '10.96.0.1'),
  ];
  const found = serviceEnv(services, 'shop', true);
  expect(found.get('MY_DB_SERVICE_HOST')).toBe('10.96.0.5');
  expect(found.get('MY_DB_SERVICE_PORT_WEB')).toBe('80');
  expect(found.get('MY_DB_PORT')).toBe('tcp://10.96.0.5:80');
  expect(found.get('MY_DB_PORT_80_TCP_ADDR')).toBe('10.96.0.5');
  expect(found.get('KUBERNETES_SERVICE_HOST')).toBe('10.96.0.1');
  expect([...found.keys()].some((name) => name.startsWith('HEADLESS') || name.startsWith('OTHER'))).toBe(false);
  expect([...serviceEnv(services, 'shop', false).keys()].every((name) => name.startsWith('KUBERNETES'))).toBe(true);
});
