import { dockerLabels } from '../../lib/names.ts';
import type { ContainerConfig, ContainerOwner } from './runtime.ts';

/** Which containers of the engine are ours. */
export interface NodeScope {
  readonly clusterName: string;
  readonly nodeName: string;
}

/** `label` filters of the engine's list and events. */
export function scopeFilters(scope: NodeScope): string[] {
  return [`${dockerLabels.cluster}=${scope.clusterName}`, `${dockerLabels.node}=${scope.nodeName}`];
}

export function labelsOf(scope: NodeScope, config: Pick<ContainerConfig, 'kind' | 'owner'>): Record<string, string> {
  const { owner } = config;
  return {
    [dockerLabels.cluster]: scope.clusterName,
    [dockerLabels.node]: scope.nodeName,
    [dockerLabels.kind]: config.kind,
    [dockerLabels.podNamespace]: owner.podNamespace,
    [dockerLabels.podName]: owner.podName,
    [dockerLabels.podUid]: owner.podUid,
    [dockerLabels.containerName]: owner.containerName,
    [dockerLabels.restartCount]: String(owner.restartCount),
    [dockerLabels.backOffStep]: String(owner.backOffStep),
    [dockerLabels.specHash]: owner.specHash,
  };
}

/** The reverse of `labelsOf`; what is missing becomes empty or 0. */
export function ownerOf(labels: Readonly<Record<string, string>>): ContainerOwner {
  return {
    podNamespace: labels[dockerLabels.podNamespace] ?? '',
    podName: labels[dockerLabels.podName] ?? '',
    podUid: labels[dockerLabels.podUid] ?? '',
    containerName: labels[dockerLabels.containerName] ?? '',
    restartCount: countOf(labels[dockerLabels.restartCount]),
    backOffStep: countOf(labels[dockerLabels.backOffStep]),
    specHash: labels[dockerLabels.specHash] ?? '',
  };
}

export function kindOf(labels: Readonly<Record<string, string>>): 'sandbox' | 'container' {
  return labels[dockerLabels.kind] === 'sandbox' ? 'sandbox' : 'container';
}

function countOf(text: string | undefined): number {
  const count = Number(text);
  return Number.isSafeInteger(count) && count >= 0 ? count : 0;
}
