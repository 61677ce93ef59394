import type { APIService } from '../../../lib/kube/types.ts';
import type { ApiPriority } from './routes.ts';

/** Says that the object is kept by the server, and how. */
export const managedLabel = 'kube-aggregator.kubernetes.io/automanaged';

/**
 * How a local group version's object is kept: `onstart` as it was at the start of the server (an administrator may change it until the next), `true` always as it
 * is to be, `fallback` only when there is none (another server may take the group over).
 */
export type Keeping = 'onstart' | 'true' | 'fallback';

export interface LocalGroupVersion {
  readonly group: string;
  readonly version: string;
  readonly keeping: Keeping;
}

const DEFAULT_VERSION_PRIORITY = 15;
const CUSTOM: ApiPriority = { group: 1000, version: 100 };
const EXTENSION: ApiPriority = { group: 100, version: 100 };

/** Upstream's ranks of the groups that it serves itself. */
const groupPriorities: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'internal.apiserver.k8s.io': 16_000,
  'resource.k8s.io': 15_900,
  'storagemigration.k8s.io': 15_800,
};
const versionPriorities: Readonly<Record<string, number>> = {
  '/v1': 1,
  'autoscaling/v2': 30,
  'flowcontrol.apiserver.k8s.io/v1': 21,
};

/** The group by which others are registered comes first and is registered by nobody. */
export const registrationGroup = 'apiregistration.k8s.io';
const FIRST: ApiPriority = { group: 20_000, version: 100 };

/** The place of a group version that this server answers itself, unless its APIService says otherwise. */
export function localPriority(group: string, version: string): ApiPriority {
  if (group === registrationGroup) return FIRST;
  const rank = groupPriorities[group];
  return rank === undefined
    ? CUSTOM
    : { group: rank, version: versionPriorities[`${group}/${version}`] ?? DEFAULT_VERSION_PRIORITY };
}

/** The object that says that this server answers a group version itself. */
export function localApiService({ group, version, keeping }: LocalGroupVersion): APIService {
  const priority = keeping === 'fallback' ? EXTENSION : localPriority(group, version);
  return {
    apiVersion: `${registrationGroup}/v1`,
    kind: 'APIService',
    metadata: {
      name: `${version}.${group}`,
      ...(keeping === 'fallback' ? {} : { labels: { [managedLabel]: keeping } }),
    },
    spec: { group, version, groupPriorityMinimum: priority.group, versionPriority: priority.version },
  };
}

export type LocalAction = 'create' | 'update' | 'delete' | 'keep';

/** What is to be done about one name: `local` is what this server answers under it, if anything, `present` the object that is there. Pure. */
export function planLocal(
  local: LocalGroupVersion | undefined,
  present: APIService | undefined,
  isStart: boolean,
): LocalAction {
  if (!present) return local ? 'create' : 'keep';
  const managed = present.metadata?.labels?.[managedLabel];
  const isOurs = managed === 'true' || (managed === 'onstart' && isStart);
  if (!isOurs) return 'keep';
  if (!local || local.keeping === 'fallback') return local ? 'keep' : 'delete';
  const wanted = localApiService(local);
  return JSON.stringify(partOf(present)) === JSON.stringify(partOf(wanted)) ? 'keep' : 'update';
}

function partOf({ metadata, spec }: APIService) {
  const { group, version, groupPriorityMinimum, versionPriority, ...reached } = spec ?? {};
  return [group, version, groupPriorityMinimum, versionPriority, reached, metadata?.labels?.[managedLabel]];
}
