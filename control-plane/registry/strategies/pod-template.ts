import type { LabelSelector, PodSpec, PodTemplateSpec } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { noEphemeralContainers } from './ephemeral-validation.ts';
import { labels, labelSelector, selects } from './field-checks.ts';
import { forbiddenField, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';
import { defaultPodSpec } from './pod-defaults.ts';
import { validatePodSpec } from './pod-spec-validation.ts';

/** Fills in the pod spec of a template as far as upstream does. */
export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (!template) return;
  template.metadata ??= {};
  if (template.spec) defaultPodSpec(template.spec);
}

/** What is wrong with the pod spec of a template at `at`: what is wrong with a pod's, and what only a running pod may have. */
export function validateTemplatePodSpec(spec: PodSpec, at: string): readonly FieldError[] {
  return [
    ...validatePodSpec(spec, at),
    ...noEphemeralContainers(spec, at, 'ephemeral containers not allowed in pod template'),
  ];
}

/** The selector and the template of a workload whose pods run for ever, at `spec`. `kind` is whom messages speak of. */
export function validateSelectorAndTemplate(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  kind: 'ReplicaSet' | 'ReplicationController' | 'StatefulSet' | 'DaemonSet' = 'ReplicaSet',
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!selector) errors.push(requiredValue('spec.selector'));
  else {
    errors.push(...labelSelector('spec.selector', selector));
    if (isEmpty(selector)) {
      const word = kind === 'ReplicaSet' ? 'deployment' : kind.toLowerCase();
      errors.push(invalidValue('spec.selector', selector, `empty selector is invalid for ${word}`));
    }
  }
  if (!template?.spec) return [...errors, requiredValue('spec.template.spec.containers')];
  const labelsOfTemplate = template.metadata?.labels;
  errors.push(...labels('spec.template.labels', labelsOfTemplate));
  if (selector && !isEmpty(selector) && !selects(selector, labelsOfTemplate)) {
    errors.push(
      invalidValue(
        'spec.template.metadata.labels',
        labelsOfTemplate ?? {},
        '`selector` does not match template `labels`',
      ),
    );
  }
  errors.push(...validateTemplatePodSpec(template.spec, 'spec.template.spec'));
  const { restartPolicy, activeDeadlineSeconds } = template.spec;
  if (restartPolicy === 'OnFailure' || restartPolicy === 'Never') {
    errors.push(unsupportedValue('spec.template.spec.restartPolicy', restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    errors.push(
      forbiddenField('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`),
    );
  }
  return errors;
}

function isEmpty(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
}
