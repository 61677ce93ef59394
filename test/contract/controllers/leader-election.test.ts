import { afterEach, describe, expect, test } from 'vitest';
import type { Component } from '../../../lib/component.ts';
import type { KubeClient } from '../../../lib/kube/client.ts';
import { LeaderElection, mayTake } from '../../../lib/kube/leader-election.ts';
import { leases, namespaces } from '../../../lib/kube/resources.ts';
import { silentLog } from '../../../lib/log.ts';
import { ControlLoops } from './control-loops.ts';

let loops: ControlLoops | undefined;
const elections: LeaderElection[] = [];
afterEach(async () => {
  for (const election of elections.splice(0)) await election.stop(AbortSignal.timeout(1_000));
  await loops?.stop();
  loops = undefined;
});

const key = { namespace: 'kube-system', name: 'loops' };

/** Something that may run once at a time. */
class Work implements Component {
  readonly name = 'work';
  isRunning = false;

  start(): Promise<void> {
    this.isRunning = true;
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.isRunning = false;
    return Promise.resolve();
  }
}

async function contender(on: ControlLoops, identity: string, client: KubeClient = on.client) {
  const work = new Work();
  const state = { isLost: false };
  const election = new LeaderElection({
    ...key,
    client,
    clock: on.clock,
    log: silentLog,
    identity,
    components: [work],
    onLost: () => {
      state.isLost = true;
    },
  });
  elections.push(election);
  await election.start();
  return { election, work, state };
}

describe('of several that want to lead', () => {
  test('one does, and the next when it stops', async () => {
    loops = await ControlLoops.start({ nodes: [] });
    const { client } = loops;
    await client.create(namespaces, { metadata: { name: 'kube-system' } });
    const one = await contender(loops, 'one');
    await loops.until('one leads', () => one.work.isRunning);
    const two = await contender(loops, 'two');
    await loops.clock.advance(60_000);
    expect(two.work.isRunning).toBe(false);
    expect((await client.get(leases, key)).spec).toMatchObject({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      leaseTransitions: 1,
    });
    await one.election.stop(AbortSignal.timeout(1_000));
    expect(one.work.isRunning).toBe(false);
    await loops.until('two leads', () => two.work.isRunning, 5_000);
    expect((await client.get(leases, key)).spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 2 });
  });

  test('one that can no longer renew says so before another begins', async () => {
    loops = await ControlLoops.start({ nodes: [] });
    const on = loops;
    await on.client.create(namespaces, { metadata: { name: 'kube-system' } });
    const cut = { isCut: false };
    const client = new Proxy<KubeClient>(on.client, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          cut.isCut
            ? Promise.reject(new Error('cut off'))
            : (value as (...args: unknown[]) => unknown).apply(target, args);
      },
    });
    const one = await contender(on, 'one', client);
    await on.until('one leads', () => one.work.isRunning);
    const two = await contender(on, 'two');
    await on.clock.advance(4_000);
    cut.isCut = true;
    await on.until(
      'one gives up',
      () => {
        expect(two.work.isRunning).toBe(false);
        return one.state.isLost;
      },
      14_000,
    );
    await on.until('two leads', () => two.work.isRunning, 20_000);
  });
});

test.each([
  ['nobody holds it', undefined, 0, true],
  ['it was released', { holderIdentity: '' }, 0, true],
  ['it is ours', { holderIdentity: 'me' }, 0, true],
  ['another renewed it a moment ago', { holderIdentity: 'other', leaseDurationSeconds: 15 }, 14_000, false],
  ['another has not renewed it', { holderIdentity: 'other', leaseDurationSeconds: 15 }, 16_000, true],
])('the lease can be taken or not: %s', (_, spec, nowMs, expected) => {
  expect(mayTake({ lease: spec && { spec }, atMs: 0 }, 'me', nowMs)).toBe(expected);
});
