import { describe, expect, it } from 'vitest';
import type { PodStatus } from '../../../lib/kube/types.ts';
import { completePodStatus, podStatusErrors } from './pod-status.ts';

const problems = (status: PodStatus, old: PodStatus = {}) =>
  podStatusErrors(status, old).map(({ field, message }) => `${field}: ${message}`);

const completed = (status: PodStatus, old?: PodStatus) => {
  completePodStatus(status, old);
  return status;
};

describe('the status of a pod', () => {
  it.each<[string, PodStatus, PodStatus]>([
    ['podIP alone', { podIP: '10.1.2.3' }, { podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] }],
    ['podIPs alone', { podIPs: [{ ip: '10.1.2.3' }] }, { podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] }],
    [
      'two that say something else',
      { podIP: '10.1.2.3', podIPs: [{ ip: '10.9.9.9' }, { ip: 'fd00::1' }] },
      { podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] },
    ],
    [
      'two families',
      { podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }, { ip: 'fd00::1' }] },
      { podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }, { ip: 'fd00::1' }] },
    ],
  ])('has one first address: %s', (_name, status, expected) => {
    expect(completed(status)).toEqual(expected);
  });

  it('keeps the class when it says none', () => {
    expect(completed({}, { qosClass: 'Burstable' })).toEqual({ qosClass: 'Burstable' });
  });

  it('may have an address of each family, and conditions of any domain', () => {
    const ips = [{ ip: '10.1.2.3' }, { ip: 'fd00::1' }];
    const conditions = [
      { type: 'Ready', status: 'True' },
      { type: 'example.com/warm', status: 'True' },
    ];
    expect(problems({ hostIP: '10.1.2.3', hostIPs: ips, podIPs: ips, conditions })).toEqual([]);
  });

  it('may not have two addresses of a family, nor three', () => {
    const families = ': may specify no more than one IP for each IP family';
    expect(problems({ podIPs: [{ ip: 'fd00::1' }, { ip: 'fd00::2' }] })).toEqual([
      `status.podIPs: Invalid value: [{"IP":"fd00::1"},{"IP":"fd00::2"}]${families}`,
    ]);
    expect(problems({ podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }, { ip: '10.0.0.2' }] })).toHaveLength(1);
  });

  it('keeps an address that is not well written but was there', () => {
    const podIPs = [{ ip: '010.1.2.3' }];
    expect(problems({ podIPs }, { podIPs })).toEqual([]);
    expect(problems({ podIPs })).toEqual(['status.podIPs[0]: Invalid value: "010.1.2.3": must not have leading 0s']);
  });

  it('names users of all its containers', () => {
    const status = (name: string) => ({ name, image: 'i', imageID: 'i', ready: true, restartCount: 0 });
    const user = { linux: { uid: 1, gid: 2 ** 31 } };
    expect(problems({ ephemeralContainerStatuses: [status('a'), { ...status('b'), user }] })).toEqual([
      'status.ephemeralContainerStatuses[1].user.linux.gid: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive',
    ]);
  });
});
