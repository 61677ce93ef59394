import { canonicalQuantity } from '../../../lib/kube/quantity.ts';
import type { PersistentVolumeClaim } from '../../../lib/kube/types.ts';

type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>;
type Amounts = Readonly<Record<string, string>>;

/** A claim's spec without what may change, in upstream's internal form: the amount of a bound claim, volume and class once when they were not said, attributes always. */
export function fixedPart(spec: ClaimSpec, old: ClaimSpec): unknown {
  const requests = (old.volumeName ? old : spec).resources?.requests;
  return {
    AccessModes: spec.accessModes ?? null,
    Selector: spec.selector ? selectorText(spec.selector) : null,
    Resources: { Limits: amounts(spec.resources?.limits), Requests: amounts(requests) },
    VolumeName: old.volumeName ? (spec.volumeName ?? '') : '',
    StorageClassName: old.storageClassName === undefined ? null : (spec.storageClassName ?? null),
    VolumeMode: spec.volumeMode ?? null,
    DataSource: source(spec.dataSource),
    DataSourceRef: spec.dataSourceRef
      ? { ...source(spec.dataSourceRef), Namespace: spec.dataSourceRef.namespace ?? null }
      : null,
    VolumeAttributesClassName: old.volumeAttributesClassName ?? null,
  };
}

function selectorText({ matchLabels, matchExpressions }: NonNullable<ClaimSpec['selector']>): unknown {
  return {
    ...(matchLabels ? { matchLabels: sorted(matchLabels) } : {}),
    ...(matchExpressions
      ? { matchExpressions: matchExpressions.map(({ key, operator, values }) => ({ key, operator, values })) }
      : {}),
  };
}

function amounts(all: Amounts | undefined): Amounts | null {
  if (!all) return null;
  return sorted(Object.fromEntries(Object.entries(all).map(([name, amount]) => [name, canonicalQuantity(amount)])));
}

function sorted(members: Amounts): Amounts {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function source(of: ClaimSpec['dataSource']): object | null {
  return of ? { APIGroup: of.apiGroup ?? null, Kind: of.kind, Name: of.name } : null;
}
