import { deployments, replicaSets } from '../../lib/kube/resources.ts';
import { isControlledBy } from '../../lib/kube/owner.ts';
import type { Deployment, PodTemplateSpec, ReplicaSet } from '../../lib/kube/types.ts';
import { annotations } from '../../lib/names.ts';
import type { Revision, Rollable, RolloutState } from './rollable.ts';

export const deploymentRollout: Rollable<Deployment> = {
  resource: deployments,
  canPause: true,
  state: deploymentState,
  async revisions(client, deployment) {
    const { items } = await client.list(replicaSets, { namespace: deployment.metadata?.namespace });
    return items
      .filter((set) => isControlledBy(set, deployment))
      .map(revisionOf)
      .sort((a, b) => a.number - b.number);
  },
};

function deploymentState(deployment: Deployment): RolloutState {
  const name = deployment.metadata?.name ?? '';
  const { spec, status: now } = deployment;
  if ((deployment.metadata?.generation ?? 0) > (now?.observedGeneration ?? 0))
    return { state: 'waiting', message: `waiting for deployment "${name}" to be observed` };
  const failed = now?.conditions?.find(
    (condition) => condition.type === 'Progressing' && condition.reason === 'ProgressDeadlineExceeded',
  );
  if (failed) return { state: 'failed', message: `deployment "${name}" exceeded its progress deadline` };
  const wanted = spec?.replicas ?? 1;
  const [updated, total, available] = [now?.updatedReplicas ?? 0, now?.replicas ?? 0, now?.availableReplicas ?? 0];
  if (updated < wanted) return { state: 'waiting', message: `${updated} of ${wanted} new replicas have been updated` };
  if (total > updated) return { state: 'waiting', message: `${total - updated} old replicas are pending termination` };
  if (available < updated)
    return { state: 'waiting', message: `${available} of ${updated} updated replicas are available` };
  return { state: 'done', message: `deployment "${name}" successfully rolled out` };
}

function revisionOf(set: ReplicaSet): Revision {
  const { 'pod-template-hash': _hash, ...labels } = set.spec?.template?.metadata?.labels ?? {};
  const template: PodTemplateSpec = { ...set.spec?.template, metadata: { ...set.spec?.template?.metadata, labels } };
  return {
    number: Number(set.metadata?.annotations?.[annotations.revision] ?? 0),
    template,
    changeCause: set.metadata?.annotations?.[annotations.changeCause],
  };
}
