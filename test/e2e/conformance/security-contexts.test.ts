import { afterAll, beforeAll, expect, test } from 'vitest';
import { KubeApiError } from '../../../lib/kube/client.ts';
import type { Pod, PodSpec } from '../../../lib/kube/types.ts';
import { podsOf, testOutputs, type OutputCase } from './output-case.ts';
import { PodSpace } from './pod-space.ts';
import { scriptContainer, scriptPod } from './script-pod.ts';

/** Who a container runs as, what it may do, and which of the kernel's settings it has. */
const space = new PodSpace('conformance-security-contexts');

const whoAmI = 'echo "$(id -u):$(id -g)"';
const ids = { runAsUser: 1001, runAsGroup: 2002 };

/** A copy of Node that is root's whoever runs it: tells whether the bit counts. Busybox would not do, for it gives such rights up by itself. */
const escalating: Pod = scriptPod('escalation', '', {
  spec: {
    volumes: [{ name: 'programs', emptyDir: {} }],
    initContainers: [
      scriptContainer('copy', 'cp /usr/local/bin/node /programs/tell && chmod 4755 /programs/tell', {
        image: 'vigil/node:dev',
        volumeMounts: [{ name: 'programs', mountPath: '/programs' }],
      }),
    ],
    containers: [true, false].map((allowPrivilegeEscalation) =>
      scriptContainer(allowPrivilegeEscalation ? 'allowed' : 'main', '', {
        image: 'vigil/node:dev',
        command: ['/programs/tell', '-p', '`Effective uid: ${process.geteuid()}`'],
        securityContext: { runAsUser: 1000, allowPrivilegeEscalation },
        volumeMounts: [{ name: 'programs', mountPath: '/programs' }],
      }),
    ),
  },
});

const cases: readonly OutputCase[] = [
  {
    name: '[sig-node] Security Context should support container.SecurityContext.RunAsUser And container.SecurityContext.RunAsGroup [LinuxOnly]',
    pod: scriptPod('user-of-container', whoAmI, { container: { securityContext: ids } }),
    output: '1001:2002\n',
  },
  {
    name: '[sig-node] Security Context should support pod.Spec.SecurityContext.RunAsUser And pod.Spec.SecurityContext.RunAsGroup [LinuxOnly]',
    pod: scriptPod('user-of-pod', whoAmI, { spec: { securityContext: ids } }),
    output: '1001:2002\n',
  },
  {
    name: '[sig-node] Security Context When creating a pod with privileged should run the container as unprivileged when false [LinuxOnly] [NodeConformance]',
    pod: scriptPod('unprivileged', 'ip link add dummy1 type dummy 2>&1 || true', {
      container: { securityContext: { privileged: false } },
    }),
    output: 'ip: RTNETLINK answers: Operation not permitted\n',
  },
  {
    name: '[sig-node] Security Context When creating a pod with readOnlyRootFilesystem should run the container with writable rootfs when readOnlyRootFilesystem=false [NodeConformance]',
    pod: scriptPod('writable-root', 'echo checking > /file && cat /file', {
      container: { securityContext: { readOnlyRootFilesystem: false } },
    }),
    output: 'checking\n',
  },
  {
    name: '[sig-node] Kubelet when scheduling a read only busybox container should not write to root filesystem [LinuxOnly] [NodeConformance]',
    pod: scriptPod('read-only-root', 'exec 2>&1; echo test > /file || ls /file; true', {
      container: { securityContext: { readOnlyRootFilesystem: true } },
    }),
    output: "sh: can't create /file: Read-only file system\nls: /file: No such file or directory\n",
  },
  {
    name: '[sig-node] Security Context when creating containers with AllowPrivilegeEscalation should not allow privilege escalation when false [LinuxOnly] [NodeConformance]',
    pod: escalating,
    output: 'Effective uid: 1000\n',
  },
  {
    name: '[sig-node] Sysctls [LinuxOnly] [NodeConformance] should support sysctls [Environment:NotInUserNS]',
    pod: scriptPod('sysctl', 'cat /proc/sys/kernel/shm_rmid_forced', {
      spec: { securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] } },
    }),
    output: '1\n',
  },
  tokenCase('token-of-user', 'the user that the pod runs as', { runAsUser: 1000 }, '600 1000 0\n'),
  tokenCase('token-of-group', 'the group of the pod', { fsGroup: 3000 }, '640 0 3000\n'),
  tokenCase('token-of-both', 'both', { runAsUser: 1000, fsGroup: 3000 }, '640 1000 3000\n'),
  tokenCase('token-of-all', 'everybody when it is not said who has to', {}, '644 0 0\n'),
];

/** A pod that tells who may read its token: mode, user and group. */
function tokenCase(
  name: string,
  reader: string,
  securityContext: PodSpec['securityContext'],
  output: string,
): OutputCase {
  return {
    name: `a token can be read by ${reader}`,
    pod: scriptPod(name, "stat -L -c '%a %u %g' /var/run/secrets/kubernetes.io/serviceaccount/token", {
      spec: { automountServiceAccountToken: true, securityContext },
    }),
    output,
  };
}

beforeAll(async () => {
  await space.open();
  await space.createAll(podsOf(cases));
});
afterAll(() => space.close());

testOutputs(space, cases);

test('a program of root is root when escalation is allowed', async () => {
  expect(await space.outputOf('escalation', 'allowed')).toBe('Effective uid: 0\n');
});

test('[sig-node] Sysctls [LinuxOnly] [NodeConformance] should reject invalid sysctls', async () => {
  const sysctls = [
    { name: 'foo-', value: 'bar' },
    { name: 'kernel.shmmax', value: '100000000' },
    { name: 'safe-and-unsafe', value: '100000000' },
    { name: 'bar..', value: '42' },
  ];
  const pod = scriptPod('invalid-sysctls', 'true', { spec: { securityContext: { sysctls } } });
  const refused = await space.create(pod).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(KubeApiError);
  expect((refused as KubeApiError).status.details?.causes?.map(({ field }) => field)).toEqual([
    'spec.securityContext.sysctls[0].name',
    'spec.securityContext.sysctls[3].name',
  ]);
});

test('a pod that sets a parameter that is not safe fails on its node', async () => {
  await space.create(
    scriptPod('unsafe-sysctl', 'true', {
      spec: { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '8192' }] } },
    }),
  );
  const { status } = await space.ended('unsafe-sysctl');
  expect(status).toMatchObject({
    phase: 'Failed',
    reason: 'SysctlForbidden',
    message: 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted',
  });
});
