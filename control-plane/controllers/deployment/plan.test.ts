import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotations as names } from '../../../lib/names.ts';
import type { Deployment, Pod, ReplicaSet } from '../../../lib/kube/types.ts';
import { deployment, pod, testNowMs } from '../../../test/support/kube-builders.ts';
import { revertedToAnnotation } from './auto-revert.ts';
import { planDeployment, type DeploymentAction } from './plan.ts';
import { completedAnnotation, revisionOf } from './revisions.ts';

/** A deployment with its replica sets, and a replica set controller that is as quick as the test wants. */
class World {
  deployment: Deployment;
  sets: ReplicaSet[] = [];
  nowMs = testNowMs;
  #serial = 0;

  constructor(of: Deployment) {
    this.deployment = of;
  }

  /** One pass of the plan, carried out. */
  step(pods: readonly Pod[] = []): readonly DeploymentAction[] {
    const plan = planDeployment(this.deployment, this.sets, pods, this.nowMs);
    for (const action of plan.actions) this.#do(action);
    return plan.actions;
  }

  /** Passes until nothing changes any more, with pods that become ready at once. */
  settle(): void {
    for (let pass = 0; pass < 100; pass++) {
      for (const set of this.sets) this.report(set, set.spec?.replicas ?? 0);
      if (this.step().length === 0) return;
    }
    throw new Error('the deployment did not settle');
  }

  /** What the replica set controller would say. */
  report(set: ReplicaSet, available: number, replicas = set.spec?.replicas ?? 0): void {
    set.status = {
      replicas,
      readyReplicas: available,
      availableReplicas: available,
      observedGeneration: set.metadata?.generation ?? 0,
    };
  }

  use(image: string): void {
    const spec = this.deployment.spec;
    if (!spec) return;
    const { generation = 0 } = this.deployment.metadata ?? {};
    this.deployment = {
      ...this.deployment,
      metadata: { ...this.deployment.metadata, generation: generation + 1 },
      spec: { ...spec, template: { ...spec.template, spec: { containers: [{ name: 'main', image }] } } },
    };
  }

  change(spec: Partial<NonNullable<Deployment['spec']>>): void {
    if (!this.deployment.spec) return;
    this.deployment = { ...this.deployment, spec: { ...this.deployment.spec, ...spec } };
  }

  get sizes(): Record<string, number> {
    return Object.fromEntries(this.sets.map((set) => [imageOf(set), set.spec?.replicas ?? 0]));
  }

  set(image: string): ReplicaSet {
    const found = this.sets.find((set) => imageOf(set) === image);
    if (!found) throw new Error(`no replica set of ${image}`);
    return found;
  }

  condition(type: string) {
    return this.deployment.status?.conditions?.find((condition) => condition.type === type);
  }

  #do(action: DeploymentAction): void {
    switch (action.type) {
      case 'createReplicaSet':
        this.#serial++;
        this.sets.push({
          ...action.set,
          metadata: {
            ...action.set.metadata,
            uid: `set-${this.#serial}`,
            generation: 1,
            creationTimestamp: new Date(this.nowMs + this.#serial * 1000).toISOString(),
          },
        });
        return;
      case 'resize': {
        const set = this.set(imageOf(action.set));
        set.spec = { ...set.spec, selector: set.spec?.selector ?? {}, replicas: action.replicas };
        set.metadata = { ...set.metadata, annotations: { ...set.metadata?.annotations, ...action.figures } };
        return;
      }
      case 'annotate': {
        const set = this.set(imageOf(action.set));
        set.metadata = { ...set.metadata, annotations: action.set.metadata?.annotations ?? {} };
        return;
      }
      case 'deleteReplicaSet':
        this.sets = this.sets.filter((set) => set.metadata?.uid !== action.set.metadata?.uid);
        return;
      case 'setRevision':
        this.deployment = {
          ...this.deployment,
          metadata: {
            ...this.deployment.metadata,
            annotations: { ...this.deployment.metadata?.annotations, [names.revision]: action.revision },
          },
        };
        return;
      case 'revert':
        this.use(imageOf(action.revert.to));
        this.deployment = {
          ...this.deployment,
          metadata: {
            ...this.deployment.metadata,
            annotations: {
              ...this.deployment.metadata?.annotations,
              [revertedToAnnotation]: action.revert.to.metadata?.labels?.['pod-template-hash'] ?? '',
            },
          },
        };
        return;
      case 'status':
        this.deployment = { ...this.deployment, status: action.status };
    }
  }
}

function imageOf(set: ReplicaSet): string {
  return set.spec?.template?.spec?.containers[0]?.image ?? '';
}

describe('a deployment', () => {
  test('makes a replica set of its template and becomes available', () => {
    const world = new World(deployment({ replicas: 3 }));
    const [creation] = world.step();
    expect(creation).toMatchObject({ type: 'createReplicaSet', set: { spec: { replicas: 3 } } });
    expect(world.condition('Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetCreated' });
    expect(world.condition('Available')).toMatchObject({ status: 'False', reason: 'MinimumReplicasUnavailable' });
    world.settle();
    expect(world.deployment.status).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 });
    expect(world.condition('Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
    expect(world.condition('Available')).toMatchObject({ status: 'True' });
    expect(world.deployment.metadata?.annotations?.[names.revision]).toBe('1');
  });

  test('names a replica set by its template, so that a second attempt cannot make a second one', () => {
    const of = deployment();
    const first = planDeployment(of, [], [], testNowMs).actions[0];
    expect(planDeployment(of, [], [], testNowMs + 5000).actions[0]).toEqual(first);
    if (first?.type !== 'createReplicaSet') throw new Error('nothing was created');
    const { metadata, spec } = first.set;
    const hash = metadata?.labels?.['pod-template-hash'];
    expect(metadata?.name).toBe(`hello-${hash}`);
    expect(spec?.selector.matchLabels).toEqual({ app: 'hello', 'pod-template-hash': hash });
    expect(spec?.template?.metadata?.labels).toEqual({ app: 'hello', 'pod-template-hash': hash });
  });

  test('a hash that is taken is salted', () => {
    const of = deployment();
    const plain = planDeployment(of, [], [], testNowMs).actions[0];
    const salted = planDeployment({ ...of, status: { collisionCount: 1 } }, [], [], testNowMs).actions[0];
    expect(plain).not.toEqual(salted);
  });

  test('an update goes step by step between the limits', () => {
    const world = new World(deployment({ replicas: 4 }));
    world.settle();
    world.use('hello:2');
    world.step();
    expect(world.sizes).toEqual({ 'hello:1': 4, 'hello:2': 1 });
    world.step();
    // One of four may be missing, and the new one is not there yet: one old pod may go.
    expect(world.sizes).toEqual({ 'hello:1': 3, 'hello:2': 1 });
    world.report(world.set('hello:1'), 3);
    world.step();
    expect(world.sizes).toEqual({ 'hello:1': 3, 'hello:2': 2 });
    world.settle();
    expect(world.sizes).toEqual({ 'hello:1': 0, 'hello:2': 4 });
    expect(world.deployment.metadata?.annotations?.[names.revision]).toBe('2');
  });

  test('a new template that never becomes ready leaves the old pods alone', () => {
    const world = new World(
      deployment({
        replicas: 4,
        spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
      }),
    );
    world.settle();
    world.use('broken');
    for (let pass = 0; pass < 20; pass++) {
      world.step();
      world.report(world.set('broken'), 0);
    }
    expect(world.sizes).toEqual({ 'hello:1': 4, broken: 1 });
  });

  test('a rollout that stands still passes its deadline, once', () => {
    const world = new World(deployment({ replicas: 2, spec: { progressDeadlineSeconds: 60 } }));
    world.step();
    const { lookAgainAfterMs } = planDeployment(world.deployment, world.sets, [], world.nowMs);
    expect(lookAgainAfterMs).toBe(61_000);
    world.nowMs += 61_000;
    world.step();
    expect(world.condition('Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
    expect(world.step()).toEqual([]);
    world.settle();
    expect(world.condition('Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
  });

  test('going back to an earlier template reuses its replica set under a new revision', () => {
    const world = new World(deployment());
    world.settle();
    world.use('hello:2');
    world.settle();
    world.use('hello:1');
    world.settle();
    expect(world.sizes).toEqual({ 'hello:1': 3, 'hello:2': 0 });
    expect(revisionOf(world.set('hello:1'))).toBe(3);
    expect(world.set('hello:1').metadata?.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
    expect(world.deployment.metadata?.annotations?.[names.revision]).toBe('3');
  });

  test('keeps as many old revisions as asked for', () => {
    const world = new World(deployment({ spec: { revisionHistoryLimit: 2 } }));
    for (let version = 1; version <= 5; version++) {
      world.use(`hello:${version}`);
      world.settle();
    }
    expect(world.sizes).toEqual({ 'hello:3': 0, 'hello:4': 0, 'hello:5': 3 });
  });

  test('marks a revision that was once complete', () => {
    const world = new World(deployment());
    world.settle();
    expect(world.set('hello:1').metadata?.annotations?.[completedAnnotation]).toBe('1');
  });

  test('when it is scaled in the middle of an update, both revisions get their share', () => {
    const world = new World(
      deployment({
        replicas: 10,
        spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } },
      }),
    );
    world.settle();
    world.use('hello:2');
    world.step();
    world.step();
    expect(world.sizes).toEqual({ 'hello:1': 8, 'hello:2': 3 });
    world.step();
    expect(world.sizes).toEqual({ 'hello:1': 8, 'hello:2': 5 });
    world.change({ replicas: 15 });
    world.step();
    expect(world.sizes).toEqual({ 'hello:1': 11, 'hello:2': 7 });
  });

  test('a plain scale changes the one replica set there is', () => {
    const world = new World(deployment({ replicas: 3 }));
    world.settle();
    world.change({ replicas: 0 });
    world.settle();
    expect(world.sizes).toEqual({ 'hello:1': 0 });
    world.change({ replicas: 7 });
    world.settle();
    expect(world.sizes).toEqual({ 'hello:1': 7 });
  });

  test('a paused deployment scales but does not roll out, and goes on when resumed', () => {
    const world = new World(deployment({ replicas: 2 }));
    world.settle();
    world.change({ paused: true, replicas: 3 });
    world.use('hello:2');
    world.settle();
    expect(world.sizes).toEqual({ 'hello:1': 3 });
    expect(world.condition('Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
    world.change({ paused: false });
    world.step();
    expect(world.condition('Progressing')).toMatchObject({ reason: 'NewReplicaSetCreated' });
    world.settle();
    expect(world.sizes).toEqual({ 'hello:1': 0, 'hello:2': 3 });
  });

  test('Recreate waits until the last old pod has ended', () => {
    const world = new World(deployment({ spec: { strategy: { type: 'Recreate' } } }));
    world.settle();
    world.use('hello:2');
    world.step();
    expect(world.sizes).toEqual({ 'hello:1': 0 });
    const { uid = '', name = '' } = world.set('hello:1').metadata ?? {};
    const last = pod({ owner: { kind: 'ReplicaSet', name, uid }, node: 'node-1', deleting: true });
    const waiting = planDeployment(world.deployment, world.sets, [last], world.nowMs);
    expect(waiting.actions.filter(({ type }) => type === 'createReplicaSet')).toEqual([]);
    world.settle();
    expect(world.sizes).toEqual({ 'hello:1': 0, 'hello:2': 3 });
  });

  test('does nothing but tell its status while it is being deleted', () => {
    const of = deployment({ meta: { deletionTimestamp: '2023-01-01T00:00:00Z' } });
    expect(planDeployment(of, [], [], testNowMs).actions.map(({ type }) => type)).toEqual(['status']);
  });

  test('annotations of a person reach the replica set, those of tools do not', () => {
    const of = deployment({
      meta: {
        annotations: { [names.changeCause]: 'new colour', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      },
    });
    const [creation] = planDeployment(of, [], [], testNowMs).actions;
    if (creation?.type !== 'createReplicaSet') throw new Error('nothing was created');
    expect(creation.set.metadata?.annotations).toEqual({
      [names.changeCause]: 'new colour',
      [names.revision]: '1',
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
    });
  });
});

describe('a deployment that asks to be reverted by itself', () => {
  const careful = (more: Record<string, string> = { [names.autoRevert]: 'true' }) => {
    const world = new World(
      deployment({ replicas: 2, meta: { annotations: more }, spec: { progressDeadlineSeconds: 60 } }),
    );
    world.settle();
    world.use('broken');
    world.step();
    return world;
  };
  const crashed = (world: World) => {
    const { uid = '', name = '' } = world.set('broken').metadata ?? {};
    return pod({ name: 'new', owner: { kind: 'ReplicaSet', name, uid }, node: 'node-1', restarts: 3 });
  };

  test('goes back to the last complete revision when the deadline has passed', () => {
    const world = careful();
    world.report(world.set('broken'), 0);
    world.step();
    world.nowMs += 61_000;
    const revert = world.step().find(({ type }) => type === 'revert');
    expect(revert).toMatchObject({
      revert: { fromRevision: 2, toRevision: 1, reason: 'Revision 2 missed its progress deadline: back to revision 1' },
    });
    world.settle();
    expect(world.sizes).toEqual({ 'hello:1': 2, broken: 0 });
    expect(world.deployment.metadata?.annotations?.[names.revision]).toBe('3');
  });

  test('goes back at once when its new pods keep crashing', () => {
    const world = careful();
    const revert = world.step([crashed(world)]).find(({ type }) => type === 'revert');
    expect(revert).toMatchObject({ revert: { evidence: { pod: 'new', container: 'main', restarts: 3 } } });
  });

  test('does nothing of the kind when it did not ask', () => {
    const world = careful({});
    expect(world.step([crashed(world)]).filter(({ type }) => type === 'revert')).toEqual([]);
  });

  test('stays where it is when there is no revision that was well', () => {
    const world = new World(deployment({ meta: { annotations: { [names.autoRevert]: 'true' } }, image: 'broken' }));
    world.step();
    expect(world.step([crashed(world)]).filter(({ type }) => type === 'revert')).toEqual([]);
  });

  test('does not revert a revision that was complete once: later crashes are not the fault of the rollout', () => {
    const world = careful();
    world.settle();
    expect(world.step([crashed(world)]).filter(({ type }) => type === 'revert')).toEqual([]);
  });

  test('does not revert a revert', () => {
    const world = careful();
    world.step([crashed(world)]);
    world.step();
    const { uid = '', name = '' } = world.set('hello:1').metadata ?? {};
    const again = pod({ name: 'old', owner: { kind: 'ReplicaSet', name, uid }, node: 'node-1', restarts: 9 });
    expect(world.step([again]).filter(({ type }) => type === 'revert')).toEqual([]);
  });
});

test('whatever the limits and however slowly replica sets report, an update never leaves too few pods nor makes too many', () => {
  const limits = fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      limits,
      limits,
      fc.array(fc.record({ set: fc.nat(1), delta: fc.nat(3) }), { minLength: 20, maxLength: 80 }),
      (replicas, maxSurge, maxUnavailable, happenings) => {
        const world = new World(
          deployment({
            replicas,
            spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } },
          }),
        );
        world.settle();
        const surge =
          typeof maxSurge === 'number' ? maxSurge : Math.ceil((Number.parseInt(maxSurge, 10) * replicas) / 100);
        const missing =
          typeof maxUnavailable === 'number'
            ? maxUnavailable
            : Math.floor((Number.parseInt(maxUnavailable, 10) * replicas) / 100);
        const mayMiss = surge === 0 && missing === 0 ? 1 : missing;
        // Pods that are really there and available; statuses lag behind.
        const available = new Map<ReplicaSet, number>([[world.set('hello:1'), replicas]]);
        world.use('hello:2');
        for (const { set: index, delta } of happenings) {
          world.step();
          for (const set of world.sets) available.set(set, Math.min(available.get(set) ?? 0, set.spec?.replicas ?? 0));
          const set = world.sets[index];
          if (set) {
            available.set(set, Math.min((available.get(set) ?? 0) + delta, set.spec?.replicas ?? 0));
            world.report(set, available.get(set) ?? 0);
          }
          const total = world.sets.reduce((sum, one) => sum + (one.spec?.replicas ?? 0), 0);
          const there = [...available.values()].reduce((sum, count) => sum + count, 0);
          expect(total).toBeLessThanOrEqual(replicas + surge);
          expect(there).toBeGreaterThanOrEqual(replicas - mayMiss);
        }
        world.settle();
        expect(world.sizes).toEqual({ 'hello:1': 0, 'hello:2': replicas });
      },
    ),
  );
});
