import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PodSpec } from '../../../lib/kube/types.ts';
import { ApiUnderTest } from '../../../test/support/api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  for (const level of ['privileged', 'baseline', 'restricted']) {
    const labels = { 'pod-security.kubernetes.io/enforce': level };
    await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: level, labels } } });
  }
  const labels = { 'pod-security.kubernetes.io/warn': 'restricted' };
  await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'warned', labels } } });
});
afterAll(() => api.stop());

const good = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

let count = 0;
function make(namespace: string, spec: object, container: object = {}) {
  const containers = [{ name: 'main', image: 'a:1', ...container }];
  return api.send('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
    body: { metadata: { name: `p${count++}` }, spec: { containers, ...spec } },
  });
}

describe('the level baseline', () => {
  test.each<[string, Partial<PodSpec> | object, object, string]>([
    [
      'privileged',
      {},
      { securityContext: { privileged: true } },
      'privileged (container "main" must not set securityContext.privileged=true)',
    ],
    ['host namespaces', { hostNetwork: true, hostPID: true }, {}, 'host namespaces (hostNetwork=true, hostPID=true)'],
    ['hostPath', { volumes: [{ name: 'root', hostPath: { path: '/' } }] }, {}, 'hostPath volumes (volume "root")'],
    [
      'host ports',
      {},
      { ports: [{ containerPort: 80, hostPort: 8080 }] },
      'hostPort (container "main" uses hostPort 8080)',
    ],
    [
      'capabilities',
      {},
      { securityContext: { capabilities: { add: ['NET_ADMIN', 'CHOWN'] } } },
      'non-default capabilities (container "main" must not include "NET_ADMIN" in securityContext.capabilities.add)',
    ],
    [
      'sysctls',
      { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
      {},
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      'seccomp',
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
      {},
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
  ])('refuses %s', async (_, spec, container, message) => {
    const answer = await make('baseline', spec, container);
    expect(answer.status, answer.body).toBe(403);
    expect(answer.json()['message']).toContain(`is forbidden: violates PodSecurity "baseline:latest": ${message}`);
    expect((await make('privileged', spec, container)).status).toBe(201);
  });

  test('takes an ordinary pod', async () => {
    expect((await make('baseline', {})).status).toBe(201);
  });
});

describe('the level restricted', () => {
  test('names everything that an ordinary pod does not say', async () => {
    const answer = await make('restricted', {});
    expect(answer.json()['message']).toMatch(
      /violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false \(container "main" must set securityContext\.allowPrivilegeEscalation=false\), unrestricted capabilities \(container "main" must set securityContext\.capabilities\.drop=\["ALL"\]\), runAsNonRoot != true \(pod or container "main" must set securityContext\.runAsNonRoot=true\), seccompProfile \(pod or container "main" must set securityContext\.seccompProfile\.type to "RuntimeDefault" or "Localhost"\)$/,
    );
  });

  test('takes a pod that says it all, also for all of its containers at once', async () => {
    expect((await make('restricted', {}, { securityContext: good })).status).toBe(201);
    const { allowPrivilegeEscalation, capabilities, ...podWide } = good;
    const answer = await make(
      'restricted',
      { securityContext: podWide },
      { securityContext: { allowPrivilegeEscalation, capabilities } },
    );
    expect(answer.status, answer.body).toBe(201);
  });

  test.each<[string, object, object, string]>([
    [
      'root by number',
      {},
      { securityContext: { ...good, runAsUser: 0 } },
      'runAsUser=0 (container "main" must not set runAsUser=0)',
    ],
    [
      'a volume of another kind',
      { volumes: [{ name: 'n', nfs: { server: 's', path: '/' } }] },
      { securityContext: good },
      'restricted volume types (volume "n" uses restricted volume type "nfs")',
    ],
  ])('refuses %s', async (_, spec, container, message) => {
    expect((await make('restricted', spec, container)).json()['message']).toContain(message);
  });
});

test('a namespace may only warn, about workloads too', async () => {
  const pod = await make('warned', {});
  expect(pod.status).toBe(201);
  expect(String(pod.headers['warning'])).toContain('would violate PodSecurity');
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'main', image: 'a:1' }] } };
  const deployment = await api.send('POST', '/apis/apps/v1/namespaces/warned/deployments', {
    body: { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } },
  });
  expect(deployment.status).toBe(201);
  expect(String(deployment.headers['warning'])).toContain('would violate PodSecurity');
});
