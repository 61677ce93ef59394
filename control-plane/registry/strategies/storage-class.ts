import { isDeepStrictEqual } from 'node:util';
import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { StorageClass } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { named, oneOf } from './field-checks.ts';
import { duplicateValue, immutableDetail, invalidValue, requiredValue } from './field-errors.ts';

type Topology = NonNullable<StorageClass['allowedTopologies']>[number];
type Requirement = Partial<NonNullable<Topology['matchLabelExpressions']>[number]>;

export const storageClassStrategy: Strategy<StorageClass> = {
  default(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete';
    storageClass.volumeBindingMode ??= 'Immediate';
  },
  validate: ({ provisioner, reclaimPolicy, volumeBindingMode, allowedTopologies }) => [
    ...named('provisioner', provisioner?.toLowerCase(), isQualifiedName),
    ...oneOf('reclaimPolicy', reclaimPolicy || undefined, ['Delete', 'Retain']),
    ...oneOf('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
    ...validateTopologies('allowedTopologies', allowedTopologies ?? []),
  ],
  validateUpdate: (after, old) => [
    ...kept('parameters', after.parameters, old.parameters),
    ...kept('provisioner', after.provisioner ?? '', old.provisioner),
    ...kept('reclaimPolicy', after.reclaimPolicy, old.reclaimPolicy),
    ...kept('volumeBindingMode', after.volumeBindingMode, old.volumeBindingMode),
  ],
};

function kept(field: string, after: unknown, old: unknown): readonly FieldError[] {
  return isDeepStrictEqual(after, old) ? [] : [invalidValue(field, after, immutableDetail)];
}

/** Alternatives, each another one and none empty; upstream calls an empty one a double of nothing. */
function validateTopologies(at: string, topologies: readonly Topology[]): readonly FieldError[] {
  const seen = new Set([textOf([])]);
  return topologies.flatMap(({ matchLabelExpressions: requirements = [] }, index) => {
    const field = `${at}[${index}].matchLabelExpressions`;
    const text = textOf(requirements);
    const isTwice = seen.has(text);
    seen.add(text);
    return [...validateRequirements(field, requirements), ...(isTwice ? [duplicateValue(field, '')] : [])];
  });
}

function textOf(requirements: readonly Requirement[]): string {
  const values = new Map(requirements.map(({ key = '', values: some = [] }) => [key, [...new Set(some)].sort()]));
  return JSON.stringify([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function validateRequirements(at: string, requirements: readonly Requirement[]): readonly FieldError[] {
  const keys = requirements.map(({ key }) => key);
  return requirements.flatMap(({ key = '', values = [] }, index) => {
    const field = `${at}[${index}]`;
    return [
      ...(values.length === 0 ? [requiredValue(`${field}.values`)] : []),
      ...values.flatMap((value, place) =>
        values.indexOf(value) < place ? [duplicateValue(`${field}.values[${place}]`, value)] : [],
      ),
      ...isQualifiedName(key).map((detail) => invalidValue(`${field}.key`, key, detail)),
      ...(keys.indexOf(key) < index && keys.includes(key) ? [duplicateValue(`${field}.key`, key)] : []),
    ];
  });
}
