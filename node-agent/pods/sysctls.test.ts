import { expect, test } from 'vitest';
import type { PodSpec } from '../../lib/kube/types.ts';
import { dotted, forbiddenSysctl, namespaceOf } from './sysctls.ts';

const verdict = (name: string, allowed: readonly string[] = [], over: Partial<PodSpec> = {}) =>
  forbiddenSysctl({ spec: { containers: [], securityContext: { sysctls: [{ name, value: '1' }] }, ...over } }, allowed);

const refused = (why: string) => ({
  reason: 'SysctlForbidden',
  message: `Pod was rejected: forbidden sysctl: ${why}`,
});

test.each([
  ['net.ipv4.tcp_syncookies'],
  ['net/ipv4/tcp_syncookies'],
  ['kernel.shm_rmid_forced'],
  ['net.core.somaxconn', ['net.core.somaxconn']],
  ['net.core.somaxconn', ['net.core.*']],
  ['kernel.msgmax', ['kernel/msg*']],
])('a pod may set %s when %j are allowed', (name, allowed: string[] = []) => {
  expect(verdict(name, allowed)).toBeUndefined();
});

test.each([
  ['kernel.msgmax', [], {}, '"kernel.msgmax" not allowlisted'],
  ['net/core/somaxconn', ['net.core.somax'], {}, '"net.core.somaxconn" not allowlisted'],
  ['vm.max_map_count', ['net.*'], {}, '"vm.max_map_count" not allowlisted'],
  ['net.ipv4.tcp_syncookies', [], { hostNetwork: true }, '"net.ipv4.tcp_syncookies" not allowed with host net enabled'],
  ['kernel.shm_rmid_forced', [], { hostIPC: true }, '"kernel.shm_rmid_forced" not allowed with host ipc enabled'],
])('a pod that sets %s is rejected when %j are allowed and it has %j', (name, allowed, over, why) => {
  expect(verdict(name, allowed, over)).toEqual(refused(why));
});

test('a pod without parameters is not rejected', () => {
  expect(forbiddenSysctl({ spec: { containers: [] } }, [])).toBeUndefined();
});

test('in a name that is written with slashes a dot stays part of what it names', () => {
  expect(dotted('net/ipv4/conf/eno2.100/rp_filter')).toBe('net.ipv4.conf.eno2/100.rp_filter');
  expect(dotted('net.ipv4.conf.eno2/100.rp_filter')).toBe('net.ipv4.conf.eno2/100.rp_filter');
});

test('what belongs to no namespace is known', () => {
  expect(['kernel.sem', 'fs.mqueue.*', 'net.*', 'vm.swappiness', 'kernel.pid_max'].map(namespaceOf)).toEqual([
    'ipc',
    'ipc',
    'net',
    undefined,
    undefined,
  ]);
});
