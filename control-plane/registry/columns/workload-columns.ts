import { formatLabelSelector } from '../../../lib/kube/label-selector.ts';
import { controllerOf } from '../../../lib/kube/owner.ts';
import type {
  ControllerRevision,
  Deployment,
  HorizontalPodAutoscaler,
  LabelSelector,
  PodTemplateSpec,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from '../../../lib/kube/types.ts';
import { ageColumn, column, nameColumn, type Column } from './column.ts';

interface Templated {
  readonly spec?:
    | { readonly template?: PodTemplateSpec | undefined; readonly selector?: LabelSelector | undefined }
    | undefined;
}

export const containerColumns: readonly Column[] = [
  column('Containers', (object) => containersOf(object as Templated, 'name'), {
    wide: true,
    description: 'Names of each container in the template.',
  }),
  column('Images', (object) => containersOf(object as Templated, 'image'), {
    wide: true,
    description: 'Images referenced by each container in the template.',
  }),
];

export const templateColumns: readonly Column[] = [
  ...containerColumns,
  column('Selector', (object) => selectorText((object as Templated).spec?.selector), {
    wide: true,
    description: 'Label selector of the pods.',
  }),
];

export const deploymentColumns: readonly Column[] = [
  nameColumn,
  column<Deployment>('Ready', (one) => `${one.status?.readyReplicas ?? 0}/${one.spec?.replicas ?? 0}`, {
    description: 'Number of the pod with ready state',
  }),
  column<Deployment>('Up-to-date', (one) => one.status?.updatedReplicas ?? 0, {
    description: 'Pods with the latest template',
  }),
  column<Deployment>('Available', (one) => one.status?.availableReplicas ?? 0, {
    description: 'Pods ready for at least minReadySeconds',
  }),
  ageColumn,
  ...templateColumns,
];

export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  column<ReplicaSet>('Desired', (one) => one.spec?.replicas ?? 0, { type: 'integer' }),
  column<ReplicaSet>('Current', (one) => one.status?.replicas ?? 0, { type: 'integer' }),
  column<ReplicaSet>('Ready', (one) => one.status?.readyReplicas ?? 0, { type: 'integer' }),
  ageColumn,
  ...templateColumns,
];

export const replicationControllerColumns: readonly Column[] = [
  nameColumn,
  column<ReplicationController>('Desired', (one) => one.spec?.replicas ?? 0, { type: 'integer' }),
  column<ReplicationController>('Current', (one) => one.status?.replicas ?? 0, { type: 'integer' }),
  column<ReplicationController>('Ready', (one) => one.status?.readyReplicas ?? 0, { type: 'integer' }),
  ageColumn,
  ...containerColumns,
  column<ReplicationController>('Selector', (one) => selectorText({ matchLabels: one.spec?.selector ?? {} }), {
    wide: true,
    description: 'Label selector of the pods.',
  }),
];

export const statefulSetColumns: readonly Column[] = [
  nameColumn,
  column<StatefulSet>('Ready', (one) => `${one.status?.readyReplicas ?? 0}/${one.spec?.replicas ?? 0}`, {
    description: 'Number of the pod with ready state',
  }),
  ageColumn,
  ...containerColumns,
];

export const controllerRevisionColumns: readonly Column[] = [
  nameColumn,
  column<ControllerRevision>('Controller', (one) => {
    const owner = controllerOf(one);
    if (!owner) return '<none>';
    const [group = ''] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : [];
    return `${owner.kind.toLowerCase()}${group ? `.${group}` : ''}/${owner.name}`;
  }),
  column<ControllerRevision>('Revision', (one) => one.revision),
  ageColumn,
];

export const autoscalerColumns: readonly Column[] = [
  nameColumn,
  column<HorizontalPodAutoscaler>(
    'Reference',
    (one) => `${one.spec?.scaleTargetRef.kind ?? ''}/${one.spec?.scaleTargetRef.name ?? ''}`,
  ),
  column<HorizontalPodAutoscaler>('Targets', targetsOf),
  column<HorizontalPodAutoscaler>('MinPods', (one) => String(one.spec?.minReplicas ?? '<unset>')),
  column<HorizontalPodAutoscaler>('MaxPods', (one) => one.spec?.maxReplicas ?? 0, { type: 'integer' }),
  column<HorizontalPodAutoscaler>('Replicas', (one) => one.status?.currentReplicas ?? 0, { type: 'integer' }),
  ageColumn,
];

function containersOf(object: Templated, field: 'name' | 'image'): string {
  return (object.spec?.template?.spec?.containers ?? []).map((container) => container[field] ?? '').join(',');
}

export function selectorText(selector: LabelSelector | undefined): string {
  return (selector && formatLabelSelector(selector)) || '<none>';
}

type MetricSpec = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number];
type MetricStatus = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number];

const MAX_TARGETS = 2;

function targetsOf(autoscaler: HorizontalPodAutoscaler): string {
  const specs = autoscaler.spec?.metrics ?? [];
  if (specs.length === 0) return '<none>';
  const statuses = autoscaler.status?.currentMetrics ?? [];
  const shown = specs.slice(0, MAX_TARGETS).map((spec, index) => targetOf(spec, statuses[index]));
  const more = specs.length > MAX_TARGETS ? ` + ${specs.length - MAX_TARGETS} more...` : '';
  return shown.join(', ') + more;
}

function targetOf(spec: MetricSpec, status: MetricStatus | undefined): string {
  const resource = spec.resource ?? spec.containerResource;
  if (resource) {
    const current = status?.resource?.current ?? status?.containerResource?.current;
    if (resource.target.averageUtilization !== undefined) {
      const now = current?.averageUtilization === undefined ? '<unknown>' : `${current.averageUtilization}%`;
      return `${resource.name}: ${now}/${resource.target.averageUtilization}%`;
    }
    return `${resource.name}: ${current?.averageValue ?? '<unknown>'}/${resource.target.averageValue ?? resource.target.value ?? ''}`;
  }
  const other = spec.pods ?? spec.object ?? spec.external;
  const current = status?.pods?.current ?? status?.object?.current ?? status?.external?.current;
  const isAverage = other?.target.averageValue !== undefined;
  const now = (isAverage ? current?.averageValue : current?.value) ?? '<unknown>';
  return `${now}/${other?.target.averageValue ?? other?.target.value ?? ''}${isAverage ? ' (avg)' : ''}`;
}
