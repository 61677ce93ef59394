import { isDeepStrictEqual } from 'node:util';
import { isDns1123Label } from '../../../lib/kube/name-rules.ts';
import type { PodTemplateSpec, StatefulSet } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { collisionsStay, countsInStatus, notMoreThan } from './counts-in-status.ts';
import { countOrPercent, nonNegative, oneOf, optionallyNamed } from './field-checks.ts';
import { forbiddenField, invalidValue, requiredValue } from './field-errors.ts';
import { defaultClaimSpec, validateClaimSpec } from './persistent-volume-claim.ts';
import { defaultPodTemplate, validateSelectorAndTemplate } from './pod-template.ts';
import { podSpecWarnings } from './pod-warnings.ts';
import { shownRollingUpdate, shownStrategy } from './shown-strategy.ts';

type Spec = NonNullable<StatefulSet['spec']>;

const onlyTheseDetail =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** Members of a rolling update that are not said, as messages show them. */
const unsaid = { partition: 0, maxUnavailable: null };

const statusKinds = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];

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
  validate({ spec }, old) {
    if (!spec) return validateSelectorAndTemplate(undefined, undefined, 'StatefulSet');
    const { whenDeleted, whenScaled } = spec.persistentVolumeClaimRetentionPolicy ?? {};
    const retention = 'spec.persistentVolumeClaimRetentionPolicy';
    return [
      ...validatePolicies(spec),
      ...nonNegative('spec.replicas', spec.replicas),
      ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
      ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
      ...oneOf(`${retention}.whenDeleted`, whenDeleted, ['Retain', 'Delete']),
      ...oneOf(`${retention}.whenScaled`, whenScaled, ['Retain', 'Delete']),
      // What cannot change any more is not looked at again.
      ...(old ? [] : validateNewOnly(spec)),
      ...validateSelectorAndTemplate(spec.selector, withClaimVolumes(spec), 'StatefulSet'),
    ];
  },
  warnings: ({ spec }) => (spec?.template?.spec ? podSpecWarnings(spec.template.spec, 'spec.template.spec') : []),
  validateStatusUpdate: ({ status }, { status: old }) => [
    ...countsInStatus(status, ['observedGeneration', 'replicas', ...statusKinds, 'collisionCount']),
    ...notMoreThan(status, statusKinds, 'replicas', 'status.replicas'),
    ...notMoreThan(status, ['availableReplicas'], 'readyReplicas', 'status.readyReplicas'),
    ...collisionsStay(status, old),
  ],
  validateUpdate: ({ spec }, old) =>
    isDeepStrictEqual(fixedPart(spec), fixedPart(old.spec)) ? [] : [forbiddenField('spec', onlyTheseDetail)],
};

function validateNewOnly({ serviceName, volumeClaimTemplates = [] }: Spec): readonly FieldError[] {
  return [
    ...optionallyNamed('spec.serviceName', serviceName, isDns1123Label),
    ...volumeClaimTemplates.flatMap(({ spec }, index) =>
      validateClaimSpec(spec, `spec.volumeClaimTemplates[${index}].spec`),
    ),
  ];
}

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
      errors.push(invalidValue(`${at}.rollingUpdate`, shownRollingUpdate(rollingUpdate, unsaid), detail));
    }
  } else if (type === 'RollingUpdate') errors.push(...validateRollingUpdate(rollingUpdate, `${at}.rollingUpdate`));
  else {
    const detail = "must be 'RollingUpdate' or 'OnDelete'";
    errors.push(invalidValue(at, shownStrategy(updateStrategy, unsaid), detail));
  }
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
  const claimed = new Set(volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? ''));
  const volumes = [
    ...[...claimed].map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
    ...(template.spec.volumes ?? []).filter(({ name }) => !claimed.has(name)),
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
