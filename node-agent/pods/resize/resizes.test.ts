import { expect, test } from 'vitest';
import { agentPod, container } from '../../../test/support/agent-builders.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import { Allocations } from './allocations.ts';
import { Resizes } from './resizes.ts';

/** A node of two cores, its pods, and the file that its allocations are kept in. */
class Room {
  readonly events: string[] = [];
  readonly decided: string[] = [];
  readonly pods = new Map<string, Pod>();
  allocations: Allocations;
  resizes: Resizes;
  #kept: unknown;

  constructor() {
    this.allocations = this.#open();
    this.resizes = this.#resizes();
  }

  /** As a new agent finds it. */
  async restart(): Promise<void> {
    this.allocations = this.#open();
    await this.allocations.load();
    this.resizes = this.#resizes();
    for (const pod of this.pods.values()) this.resizes.seen(pod);
  }

  put(uid: string, cpu: string, generation = 1): Pod {
    const main = container('main', { resources: { requests: { cpu } } });
    const pod = agentPod({ containers: [main] }, { metadata: { name: uid, namespace: 'default', uid, generation } });
    this.pods.set(uid, pod);
    this.allocations.admit(pod);
    this.resizes.seen(pod);
    return pod;
  }

  remove(uid: string): void {
    this.pods.delete(uid);
    this.resizes.forget(uid);
    this.allocations.forget(uid);
  }

  cpuOf(uid: string): string | undefined {
    const pod = this.pods.get(uid);
    return pod && this.allocations.allocated(pod).spec?.containers[0]?.resources?.requests?.['cpu'];
  }

  #open(): Allocations {
    return new Allocations({
      load: () => Promise.resolve(this.#kept),
      save: (snapshot) => {
        this.#kept = JSON.parse(JSON.stringify(snapshot()));
      },
      flush: () => Promise.resolve(),
    });
  }

  #resizes(): Resizes {
    return new Resizes({
      allocations: this.allocations,
      events: { event: (_pod, type, reason, message) => this.events.push(`${type} ${reason} ${message}`) },
      allocatable: () => ({ cpu: '2', memory: '1Gi', pods: 110 }),
      pods: () => [...this.pods.values()],
      onDecided: (uid) => this.decided.push(uid),
    });
  }
}

test('a pod gets what it wants when there is room, and is said to be resizing until it is done', () => {
  const room = new Room();
  room.put('a', '500m');
  expect(room.allocations.resizing('a')).toBeUndefined();
  room.put('a', '1', 2);
  expect(room.cpuOf('a')).toBe('1');
  expect(room.allocations.resizing('a')).toBe(2);
  expect(room.events).toEqual([
    'Normal ResizeStarted Pod resize started: {"containers":[{"name":"main","resources":{"requests":{"cpu":"1"}}}],"generation":2}',
  ]);
  room.allocations.completed('a');
  expect(room.allocations.resizing('a')).toBeUndefined();
});

test('a pod keeps what it has while there is no room, is told so once, and gets it when another one goes', () => {
  const room = new Room();
  room.put('a', '500m');
  room.put('b', '1');
  room.put('a', '1500m', 2);
  expect(room.cpuOf('a')).toBe('500m');
  const message = "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000";
  expect(room.allocations.pending('a')).toEqual({ reason: 'Deferred', message, generation: 2 });
  room.resizes.decide();
  expect(room.events).toHaveLength(1);
  expect(room.events[0]).toMatch(/^Warning ResizeDeferred Pod resize Deferred: .*"generation":2,"error":"Node didn't/);
  room.remove('b');
  expect(room.cpuOf('a')).toBe('1500m');
  expect(room.allocations.pending('a')).toBeUndefined();
  expect(room.decided).toEqual(['a', 'a']);
});

test('a pod gets what it waits for when another one is made smaller', () => {
  const room = new Room();
  room.put('a', '500m');
  room.put('b', '1500m');
  room.put('a', '1', 2);
  expect(room.cpuOf('a')).toBe('500m');
  room.put('b', '1', 2);
  expect([room.cpuOf('a'), room.cpuOf('b')]).toEqual(['1', '1']);
});

test('what can never be had is said to be that, and forgotten when it is no longer wanted', () => {
  const room = new Room();
  room.put('a', '500m');
  room.put('a', '64', 2);
  expect(room.allocations.pending('a')).toMatchObject({ reason: 'Infeasible', generation: 2 });
  expect(room.events[0]).toContain('Warning ResizeInfeasible Pod resize Infeasible:');
  room.put('a', '500m', 3);
  expect(room.allocations.pending('a')).toBeUndefined();
  expect(room.events).toHaveLength(1);
});

test('an agent that starts anew knows what it gave, refused and had begun', async () => {
  const room = new Room();
  room.put('a', '500m');
  room.put('b', '500m');
  room.put('a', '1', 2);
  room.put('b', '64', 2);
  await room.restart();
  expect([room.cpuOf('a'), room.cpuOf('b')]).toEqual(['1', '500m']);
  expect(room.allocations.resizing('a')).toBe(2);
  expect(room.allocations.pending('b')).toMatchObject({ reason: 'Infeasible' });
});

test('a pod of an agent that kept nothing has what its status says', () => {
  const room = new Room();
  const main = container('main', { resources: { requests: { cpu: '64' } } });
  const known = { name: 'main', image: '', imageID: '', ready: true, restartCount: 0 };
  const pod: Pod = {
    ...agentPod({ containers: [main] }),
    status: { containerStatuses: [{ ...known, resources: { requests: { cpu: '500m' } } }] },
  };
  room.allocations.admit(pod);
  expect(room.allocations.allocated(pod).spec?.containers[0]?.resources).toEqual({ requests: { cpu: '500m' } });
});
