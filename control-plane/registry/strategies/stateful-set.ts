import { isDeepStrictEqual } from 'node:util';
import type { PodTemplateSpec, StatefulSet } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { countOrPercent, nonNegative, oneOf } from './field-checks.ts';
import { forbiddenField, invalidValue, requiredValue } from './field-errors.ts';
import { defaultClaimSpec, validateClaimTemplates } from './persistent-volume-claim.ts';
import { defaultPodTemplate, validateSelectorAndTemplate } from './pod-template.ts';
import { podSpecWarnings } from './pod-warnings.ts';

type Spec = NonNullable<StatefulSet['spec']>;

const onlyTheseDetail =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

export const statefulSetStrategy: Strategy<StatefulSet> = {
  default({ spec }) {
    if (!spec) return;
    spec.podManagementPolicy ||= 'OrderedReady';
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.partition ??= 0;
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion ??= 'v1';
      claim.kind ??= 'PersistentVolumeClaim';
      defaultClaimSpec(claim);
    }
    defaultPodTemplate(spec.template);
  },
  prepareForCreate(set) {
    set.status = { replicas: 0, availableReplicas: 0 };
  },
  validate({ spec }) {
    if (!spec) return validateSelectorAndTemplate(undefined, undefined, 'StatefulSet');
    const { whenDeleted, whenScaled } = spec.persistentVolumeClaimRetentionPolicy ?? {};
    const retention = 'spec.persistentVolumeClaimRetentionPolicy';
    return [
      ...validatePolicies(spec),
      ...nonNegative('spec.replicas', spec.replicas),
      ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
      ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
      ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
      ...oneOf(`${retention}.whenDeleted`, whenDeleted, ['Delete', 'Retain']),
      ...oneOf(`${retention}.whenScaled`, whenScaled, ['Delete', 'Retain']),
      ...validateClaimTemplates(spec.volumeClaimTemplates ?? [], 'spec.volumeClaimTemplates'),
      ...validateSelectorAndTemplate(spec.selector, withClaimVolumes(spec), 'StatefulSet'),
    ];
  },
  warnings: ({ spec }) => (spec?.template?.spec ? podSpecWarnings(spec.template.spec, 'spec.template.spec') : []),
  validateUpdate: ({ spec }, old) =>
    isDeepStrictEqual(fixedPart(spec), fixedPart(old.spec)) ? [] : [forbiddenField('spec', onlyTheseDetail)],
};

function validatePolicies({ podManagementPolicy: policy, updateStrategy = {} }: Spec): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!policy) errors.push(requiredValue('spec.podManagementPolicy'));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    errors.push(invalidValue('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  const { type, rollingUpdate } = updateStrategy;
  const at = 'spec.updateStrategy';
  if (!type) errors.push(requiredValue(at));
  else if (type === 'OnDelete') {
    if (rollingUpdate) {
      const detail = "only allowed for updateStrategy 'RollingUpdate'";
      errors.push(invalidValue(`${at}.rollingUpdate`, rollingUpdate, detail));
    }
  } else if (type === 'RollingUpdate') errors.push(...validateRollingUpdate(rollingUpdate, `${at}.rollingUpdate`));
  else errors.push(invalidValue(at, updateStrategy, "must be 'RollingUpdate' or 'OnDelete'"));
  return errors;
}

function validateRollingUpdate(
  rollingUpdate: NonNullable<Spec['updateStrategy']>['rollingUpdate'],
  at: string,
): readonly FieldError[] {
  const { partition, maxUnavailable } = rollingUpdate ?? {};
  const errors: FieldError[] = [
    ...nonNegative(`${at}.partition`, partition),
    ...countOrPercent(`${at}.maxUnavailable`, maxUnavailable),
  ];
  if (maxUnavailable === undefined || errors.length > 0) return errors;
  const amount = Number.parseInt(String(maxUnavailable), 10);
  if (amount === 0) errors.push(invalidValue(`${at}.maxUnavailable`, maxUnavailable, 'cannot be 0'));
  if (typeof maxUnavailable === 'string' && amount > 100) {
    errors.push(invalidValue(`${at}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'));
  }
  return errors;
}

/** The template as its pods will be: what a claim is made for may be mounted by that name. */
function withClaimVolumes({ template, volumeClaimTemplates = [] }: Spec): PodTemplateSpec | undefined {
  if (!template?.spec || volumeClaimTemplates.length === 0) return template;
  const claimed = new Set(volumeClaimTemplates.map(({ metadata }) => metadata?.name));
  const volumes = [
    ...(template.spec.volumes ?? []).filter(({ name }) => !claimed.has(name)),
    ...[...claimed].flatMap((name) => (name ? [{ name, persistentVolumeClaim: { claimName: name } }] : [])),
  ];
  return { ...template, spec: { ...template.spec, volumes } };
}

/** The spec without what an update may change. */
function fixedPart(spec: Spec | undefined): unknown {
  const {
    replicas: _replicas,
    ordinals: _ordinals,
    template: _template,
    updateStrategy: _strategy,
    revisionHistoryLimit: _limit,
    persistentVolumeClaimRetentionPolicy: _retention,
    minReadySeconds: _seconds,
    ...rest
  } = spec ?? {};
  return JSON.parse(JSON.stringify(rest)) as unknown;
}
