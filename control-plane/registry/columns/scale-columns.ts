import type { KubeObject } from '../../../lib/kube/types.ts';
import { ageColumn, column, nameColumn, type Column } from './column.ts';

interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number };
}

/** What `kubectl get --subresource scale` shows. */
export const scaleColumns: readonly Column[] = [
  nameColumn,
  column<Scale>('Desired', (one) => one.spec?.replicas ?? 0, { type: 'integer' }),
  column<Scale>('Available', (one) => one.status?.replicas ?? 0, { type: 'integer' }),
  ageColumn,
];
