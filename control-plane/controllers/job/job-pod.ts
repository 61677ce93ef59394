import { controllerRef } from '../../../lib/kube/owner.ts';
import { jobs } from '../../../lib/kube/resources.ts';
import type { Job, Pod } from '../../../lib/kube/types.ts';
import { podFromTemplate } from '../pod-from-template.ts';

/** Keeps an ended pod until its job has counted it. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
export const indexAnnotation = 'batch.kubernetes.io/job-completion-index';
/** How many pods of the index have failed before this one. */
const failureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count';
/** Longest name of a job in the names of its pods, so that index and suffix fit. */
const MAX_STEM = 47;

/** A pod that a job is to have: of which index, and where each index has tries of its own, how many failures were before. */
export interface WantedPod {
  readonly index?: number | undefined;
  readonly failuresBefore?: number | undefined;
}

/** A pod of a job; of an indexed one, the pod of that index. */
export function jobPod(job: Job, { index, failuresBefore: failures }: WantedPod): Pod {
  const pod = podFromTemplate(jobs, job, job.spec?.template);
  const metadata = {
    ...pod.metadata,
    finalizers: [...(pod.metadata?.finalizers ?? []), trackingFinalizer],
    ownerReferences: [controllerRef(jobs, job)],
  };
  if (index === undefined || !pod.spec) return { ...pod, metadata };
  const name = job.metadata?.name ?? '';
  const reference = { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['${indexAnnotation}']` } };
  const withIndex = <C extends { env?: { name: string }[] }>(container: C): C =>
    container.env?.some((variable) => variable.name === 'JOB_COMPLETION_INDEX')
      ? container
      : { ...container, env: [...(container.env ?? []), { name: 'JOB_COMPLETION_INDEX', valueFrom: reference }] };
  return {
    ...pod,
    metadata: {
      ...metadata,
      generateName: `${name.slice(0, MAX_STEM)}-${index}-`,
      annotations: {
        ...metadata.annotations,
        [indexAnnotation]: String(index),
        ...(failures === undefined ? {} : { [failureCountAnnotation]: String(failures) }),
      },
      labels: { ...metadata.labels, [indexAnnotation]: String(index) },
    },
    spec: {
      ...pod.spec,
      hostname: pod.spec.hostname ?? `${name.slice(0, MAX_STEM)}-${index}`,
      containers: pod.spec.containers.map(withIndex),
      ...(pod.spec.initContainers ? { initContainers: pod.spec.initContainers.map(withIndex) } : {}),
    },
  };
}

/** The completion index of a pod; `undefined` when it has none. */
export function indexOfPod(pod: Pod): number | undefined {
  const text = pod.metadata?.annotations?.[indexAnnotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

export function failuresBefore(pod: Pod): number {
  const count = Number(pod.metadata?.annotations?.[failureCountAnnotation] ?? 0);
  return Number.isInteger(count) ? count : 0;
}

export function isTracked(pod: Pod): boolean {
  return pod.metadata?.finalizers?.includes(trackingFinalizer) === true;
}
