import type { KubeClient } from '../../../lib/kube/client.ts';
import { isAlreadyExists, isNotFound } from '../../../lib/kube/client.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import type { OwnWrites } from '../../../lib/kube/own-writes.ts';
import { controllerRef, isControlledBy } from '../../../lib/kube/owner.ts';
import { controllerRevisions, type ResourceType } from '../../../lib/kube/resources.ts';
import type { ControllerRevision, KubeObject, PodTemplateSpec } from '../../../lib/kube/types.ts';
import { sameTemplate, templateHash } from '../deployment/template.ts';
import { planUpdateRevision } from './plan.ts';
import { revisionData, templateOf } from './revision-data.ts';

/** The label by which revisions of one workload are told apart. */
const hashLabel = 'controller.kubernetes.io/hash';
/** Says nothing about a revision, and is as large as the workload. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Two templates with the same hash are rare, three unheard of. */
const MAX_COLLISIONS = 8;

export interface HistoryOptions {
  readonly client: KubeClient;
  /** The kind of the workloads. */
  readonly resource: ResourceType;
  readonly written: OwnWrites<ControllerRevision>;
}

/** A workload's revision of today, and how often its name was taken by another template. */
export interface Recorded {
  readonly revision: ControllerRevision;
  readonly collisionCount: number;
}

/** Keeps the templates that workloads had, as ControllerRevisions. */
export class History {
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Makes sure that the template of today is the newest of `revisions`, and resolves with its revision. */
  async record(
    owner: KubeObject,
    template: PodTemplateSpec,
    revisions: readonly ControllerRevision[],
    collisionCount: number,
    signal: AbortSignal,
  ): Promise<Recorded> {
    const { client, written } = this.#options;
    const plan = planUpdateRevision(template, revisions);
    if (plan.kind === 'kept') return { revision: plan.revision, collisionCount };
    if (plan.kind === 'renumbered') {
      const key = splitKey(keyOf(plan.revision));
      const { resourceVersion } = plan.revision.metadata ?? {};
      const body = { revision: plan.number, metadata: { resourceVersion } };
      const revision = await client.patch(controllerRevisions, key, 'merge', body, {}, signal);
      written.wrote(revision);
      return { revision, collisionCount };
    }
    for (let collisions = collisionCount; collisions < collisionCount + MAX_COLLISIONS; collisions++) {
      const revision = await this.#create(owner, template, plan.number, collisions, signal);
      if (revision) return { revision, collisionCount: collisions };
    }
    throw new Error(`no name is free for revision ${plan.number} of ${keyOf(owner)}`);
  }

  async remove(revision: ControllerRevision, signal: AbortSignal): Promise<void> {
    const { client, written } = this.#options;
    try {
      const preconditions = { uid: revision.metadata?.uid ?? '' };
      const key = splitKey(keyOf(revision));
      written.deleted(await client.delete(controllerRevisions, key, { preconditions }, signal));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** `undefined` when the name belongs to something else. */
  async #create(
    owner: KubeObject,
    template: PodTemplateSpec,
    number: number,
    collisions: number,
    signal: AbortSignal,
  ): Promise<ControllerRevision | undefined> {
    const { client, resource, written } = this.#options;
    const { name = '', namespace, annotations = {} } = owner.metadata ?? {};
    const hash = templateHash(template, collisions);
    const { [LAST_APPLIED]: _, ...kept } = annotations;
    const revision: ControllerRevision = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels: { ...template.metadata?.labels, [hashLabel]: hash },
        ...(Object.keys(kept).length > 0 ? { annotations: kept } : {}),
        ownerReferences: [controllerRef(resource, owner)],
      },
      revision: number,
      data: revisionData(template),
    };
    try {
      const created = await client.create(controllerRevisions, revision, {}, signal);
      written.wrote(created);
      return created;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    const there = await client.get(controllerRevisions, { namespace, name: `${name}-${hash}` }, signal);
    return isControlledBy(there, owner) && sameTemplate(templateOf(there), template) ? there : undefined;
  }
}
