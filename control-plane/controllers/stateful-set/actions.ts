import { messageOf } from '../../../lib/errors.ts';
import { isAlreadyExists, isNotFound } from '../../../lib/kube/client.ts';
import type { EventRecorder, EventType } from '../../../lib/kube/event-recorder.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import type { OwnWrites } from '../../../lib/kube/own-writes.ts';
import { persistentVolumeClaims, pods, statefulSets } from '../../../lib/kube/resources.ts';
import type { ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet } from '../../../lib/kube/types.ts';
import { templateOf } from '../controller-revision/revision-data.ts';
import type { ControllerDeps } from '../deps.ts';
import { claimNameOf, claimOwners, claimsOf, isStaleClaim } from './claims.ts';
import { ordinalOf, podNameOf, podOf, wantedOrdinals } from './identity.ts';
import type { StatefulSetAction } from './step.ts';

export interface StatefulSetActionsOptions {
  readonly deps: ControllerDeps;
  readonly events: EventRecorder;
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly written: OwnWrites<Pod>;
}

/** Does what a plan says. What fails is told in an Event and thrown. */
export class StatefulSetActions {
  readonly #options: StatefulSetActionsOptions;

  constructor(options: StatefulSetActionsOptions) {
    this.#options = options;
  }

  /** Resolves with false when the action has to wait for something else to end. */
  async do(
    set: StatefulSet,
    action: StatefulSetAction,
    revisions: readonly ControllerRevision[],
    signal: AbortSignal,
  ): Promise<boolean> {
    switch (action.kind) {
      case 'create':
        return this.#create(set, action.ordinal, action.revision, revisions, signal);
      case 'delete':
        await this.#delete(set, action.pod, action.why, signal);
        return true;
      case 'relabel':
        await this.#relabel(action.pod, action.labels, signal);
        return true;
    }
  }

  /** Brings the owners of the claims of the pods there are to what the retention policy says, and makes claims anew that pods which have not begun still need. */
  async keepClaims(set: StatefulSet, present: readonly Pod[], signal: AbortSignal): Promise<void> {
    for (const pod of present) {
      const ordinal = ordinalOf(set, pod);
      if (ordinal === undefined) continue;
      await this.#own(set, ordinal, pod, signal);
      if (pod.status?.phase !== 'Pending' || pod.metadata?.deletionTimestamp !== undefined) continue;
      for (const claim of claimsOf(set, ordinal)) {
        await this.#ensureClaim(set, claim, pod.metadata?.name ?? '', signal);
      }
    }
  }

  async #create(
    set: StatefulSet,
    ordinal: number,
    revision: string,
    revisions: readonly ControllerRevision[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const name = podNameOf(set, ordinal);
    const { deps, written } = this.#options;
    const kept = templateOf(revisions.find(({ metadata }) => metadata?.name === revision));
    const template = kept ?? set.spec?.template;
    if (!template) return false;
    const claims = claimsOf(set, ordinal);
    for (const claim of claims) if (this.#isStale(claim)) return false;
    for (const claim of claims) await this.#ensureClaim(set, claim, name, signal);
    try {
      written.wrote(await deps.client.create(pods, podOf(set, ordinal, template, revision), {}, signal));
    } catch (error) {
      // Left behind by a set of the same name, or made by somebody else: it goes or is adopted, then it is our turn.
      if (isAlreadyExists(error)) return false;
      const message = `create Pod ${name} in StatefulSet ${nameOf(set)} failed error: ${messageOf(error)}`;
      this.#event(set, 'Warning', 'FailedCreate', message);
      throw error;
    }
    this.#event(set, 'Normal', 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${nameOf(set)} successful`);
    return true;
  }

  #isStale(claim: PersistentVolumeClaim): boolean {
    const there = this.#options.claims.get(keyOf(claim));
    return there !== undefined && isStaleClaim(there, undefined);
  }

  async #ensureClaim(set: StatefulSet, claim: PersistentVolumeClaim, pod: string, signal: AbortSignal): Promise<void> {
    const { deps, claims } = this.#options;
    if (claims.get(keyOf(claim))) return;
    const ownerReferences = claimOwners(set, claim, undefined, false);
    const what = `create Claim ${claim.metadata?.name ?? ''} Pod ${pod} in StatefulSet ${nameOf(set)}`;
    try {
      await deps.client.create(
        persistentVolumeClaims,
        { ...claim, metadata: { ...claim.metadata, ...(ownerReferences ? { ownerReferences } : {}) } },
        {},
        signal,
      );
      this.#event(set, 'Normal', 'SuccessfulCreate', `${what} success`);
    } catch (error) {
      if (isAlreadyExists(error)) return;
      this.#event(set, 'Warning', 'FailedCreate', `${what} failed error: ${messageOf(error)}`);
      throw error;
    }
  }

  async #delete(
    set: StatefulSet,
    pod: Pod,
    why: Extract<StatefulSetAction, { readonly kind: 'delete' }>['why'],
    signal: AbortSignal,
  ): Promise<void> {
    const { deps, written } = this.#options;
    const name = pod.metadata?.name ?? '';
    if (why === 'ended') {
      const failed = pod.status?.phase === 'Failed';
      const what = failed ? 'is recreating failed Pod' : 'is recreating terminated Pod';
      this.#event(
        set,
        failed ? 'Warning' : 'Normal',
        failed ? 'RecreatingFailedPod' : 'RecreatingTerminatedPod',
        `StatefulSet ${keyOf(set)} ${what} ${name}`,
      );
    }
    try {
      const preconditions = { uid: pod.metadata?.uid ?? '' };
      written.deleted(await deps.client.delete(pods, splitKey(keyOf(pod)), { preconditions }, signal));
      this.#event(set, 'Normal', 'SuccessfulDelete', `delete Pod ${name} in StatefulSet ${nameOf(set)} successful`);
    } catch (error) {
      if (isNotFound(error)) return;
      const message = `delete Pod ${name} in StatefulSet ${nameOf(set)} failed error: ${messageOf(error)}`;
      this.#event(set, 'Warning', 'FailedDelete', message);
      throw error;
    }
  }

  async #relabel(pod: Pod, labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const { deps, written } = this.#options;
    const { resourceVersion } = pod.metadata ?? {};
    const body = { metadata: { resourceVersion, labels } };
    written.wrote(await deps.client.patch(pods, splitKey(keyOf(pod)), 'merge', body, {}, signal));
  }

  async #own(set: StatefulSet, ordinal: number, pod: Pod, signal: AbortSignal): Promise<void> {
    const { from, to } = wantedOrdinals(set);
    for (const template of set.spec?.volumeClaimTemplates ?? []) {
      const name = claimNameOf(set, template, ordinal);
      const namespace = set.metadata?.namespace ?? '';
      const claim = this.#options.claims.get(`${namespace}/${name}`);
      if (!claim || claim.metadata?.deletionTimestamp !== undefined) continue;
      const ownerReferences = claimOwners(set, claim, pod, ordinal < from || ordinal >= to);
      if (!ownerReferences) continue;
      const { uid, resourceVersion } = claim.metadata ?? {};
      const body = { metadata: { uid, resourceVersion, ownerReferences } };
      await this.#options.deps.client.patch(persistentVolumeClaims, { namespace, name }, 'merge', body, {}, signal);
    }
  }

  #event(set: StatefulSet, type: EventType, reason: string, message: string): void {
    this.#options.events.event({ resource: statefulSets, object: set }, type, reason, message);
  }
}

function nameOf(set: StatefulSet): string {
  return set.metadata?.name ?? '';
}
