import { controllerRevisions, statefulSets } from '../../lib/kube/resources.ts';
import { isControlledBy } from '../../lib/kube/owner.ts';
import type { ControllerRevision, PodTemplateSpec, StatefulSet } from '../../lib/kube/types.ts';
import { annotations } from '../../lib/names.ts';
import type { Revision, Rollable, RolloutState } from './rollable.ts';

export const statefulSetRollout: Rollable<StatefulSet> = {
  resource: statefulSets,
  canPause: false,
  state: statefulSetState,
  async revisions(client, set) {
    const { items } = await client.list(controllerRevisions, { namespace: set.metadata?.namespace });
    return items
      .filter((revision) => isControlledBy(revision, set))
      .map(revisionOf)
      .sort((a, b) => a.number - b.number);
  },
};

function statefulSetState({ metadata, spec, status: now }: StatefulSet): RolloutState {
  const name = metadata?.name ?? '';
  if (spec?.updateStrategy?.type === 'OnDelete') {
    return { state: 'failed', message: `statefulset "${name}" is updated by deleting its pods (OnDelete)` };
  }
  if ((metadata?.generation ?? 0) > (now?.observedGeneration ?? 0))
    return { state: 'waiting', message: `waiting for statefulset "${name}" to be observed` };
  const wanted = spec?.replicas ?? 1;
  const ready = now?.readyReplicas ?? 0;
  if (ready < wanted) return { state: 'waiting', message: `${ready} of ${wanted} pods are ready` };
  const held = Math.min(spec?.updateStrategy?.rollingUpdate?.partition ?? 0, wanted);
  const updated = now?.updatedReplicas ?? 0;
  if (updated < wanted - held) {
    return { state: 'waiting', message: `${updated} of ${wanted - held} pods have been updated` };
  }
  if (held > 0) {
    return {
      state: 'done',
      message: `statefulset "${name}" rolled out to ${updated} pods, ${held} held back by its partition`,
    };
  }
  return now?.updateRevision === now?.currentRevision
    ? { state: 'done', message: `statefulset "${name}" successfully rolled out` }
    : { state: 'waiting', message: `waiting for revision ${now?.updateRevision ?? ''} to be complete` };
}

function revisionOf({ revision, data, metadata }: ControllerRevision): Revision {
  const kept = (data as { readonly spec?: { readonly template?: PodTemplateSpec & { $patch?: string } } } | undefined)
    ?.spec?.template;
  const { $patch: _, ...template } = kept ?? {};
  return { number: revision, template, changeCause: metadata?.annotations?.[annotations.changeCause] };
}
