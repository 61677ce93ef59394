import { describe, expect, test } from 'vitest';
import { clusterNeeds, engineNeed, isMet, planInstall, testNeeds, type Machine } from '../../../scripts/setup/steps.ts';

function machine(commands: readonly string[], options: Partial<Machine> = {}): Machine {
  return {
    hasCommand: (name) => commands.includes(name),
    fileExists: () => true,
    isRoot: true,
    hasApt: true,
    ...options,
  };
}
const everything = ['nft', 'iptables', 'ip', 'nsenter', 'busybox', 'dockerd'];

describe('what the set-up installs', () => {
  test('nothing on a machine that has everything', () => {
    expect(planInstall([...clusterNeeds, engineNeed], machine(everything))).toEqual({ kind: 'nothing' });
  });

  test('only what is missing', () => {
    const plan = planInstall(clusterNeeds, machine(['nft', 'iptables', 'ip', 'nsenter']));
    expect(plan).toMatchObject({ kind: 'install', needs: [{ packages: ['busybox-static'] }] });
  });

  test('any browser of the family will do', () => {
    const chromium = testNeeds.find((need) => need.what === 'Chromium');
    expect(chromium && isMet(chromium, machine(['google-chrome']))).toBe(true);
    expect(chromium && isMet(chromium, machine([]))).toBe(false);
  });

  test('as an ordinary user it says what root has to install', () => {
    const plan = planInstall([engineNeed], machine([], { isRoot: false }));
    expect(plan).toMatchObject({ kind: 'ask', message: expect.stringContaining('apt-get install docker.io') });
  });

  test('on another system it names what is missing', () => {
    const plan = planInstall([engineNeed], machine([], { hasApt: false }));
    expect(plan).toMatchObject({ kind: 'ask', message: expect.stringContaining('Docker engine') });
  });
});
