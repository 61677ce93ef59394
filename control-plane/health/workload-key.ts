import type { WorkloadRef } from '../../lib/health-api.ts';

/** `namespace/kind/name`: how rings and indexes name a workload. */
export function workloadKey(namespace: string, workload: WorkloadRef): string {
  return `${namespace}/${workload.kind}/${workload.name}`;
}

/** The reverse of `workloadKey`. */
export function splitWorkloadKey(key: string): { readonly namespace: string } & WorkloadRef {
  const [namespace = '', kind = '', name = ''] = key.split('/');
  return { namespace, kind, name };
}
