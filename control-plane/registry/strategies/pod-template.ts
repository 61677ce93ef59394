import type { LabelSelector, PodSpec, PodTemplateSpec } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { noEphemeralContainers } from './ephemeral-validation.ts';
import { annotations, labels, labelSelector, selects } from './field-checks.ts';
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

/** What is wrong with a template at `at` with all that it says about its pods. */
export function validateTemplate(template: PodTemplateSpec | undefined, at: string): readonly FieldError[] {
  return [
    ...validateTemplateMetadata(template, at),
    ...(template?.spec
      ? validateTemplatePodSpec(template.spec, `${at}.spec`)
      : [requiredValue(`${at}.spec.containers`)]),
  ];
}

/** Upstream does not say `metadata` here. */
function validateTemplateMetadata(template: PodTemplateSpec | undefined, at: string): readonly FieldError[] {
  return [
    ...labels(`${at}.labels`, template?.metadata?.labels),
    ...annotations(`${at}.annotations`, template?.metadata?.annotations),
  ];
}

type Kind = 'ReplicaSet' | 'ReplicationController' | 'StatefulSet' | 'DaemonSet';

/** The template, at `spec`, of a workload whose pods run for ever. `kind` is whom messages speak of. */
export function validateEndlessTemplate(template: PodTemplateSpec | undefined, kind: Kind): readonly FieldError[] {
  const at = 'spec.template';
  const errors: FieldError[] = [...validateTemplate(template, at)];
  // Once as that of any template, once as that of a stateful set.
  if (kind === 'StatefulSet') errors.push(...validateTemplateMetadata(template, at));
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy && restartPolicy !== 'Always')
    errors.push(unsupportedValue(`${at}.spec.restartPolicy`, restartPolicy, ['Always']));
  if (activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
    errors.push(forbiddenField(`${at}.spec.activeDeadlineSeconds`, detail));
  }
  return errors;
}

/** The selector and the template of a workload, at `spec`; a selector that is none selects nothing. */
export function validateSelectorAndTemplate(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  kind: Exclude<Kind, 'ReplicationController'> = 'ReplicaSet',
): readonly FieldError[] {
  const field = 'spec.selector';
  const wrong = selector ? labelSelector(field, selector) : [];
  const errors: FieldError[] = [...wrong];
  if (!selector && kind !== 'DaemonSet') errors.push(requiredValue(field));
  if (selector && isEmpty(selector)) {
    const word = kind === 'ReplicaSet' ? 'deployment' : kind.toLowerCase();
    errors.push(invalidValue(field, selector, `empty selector is invalid for ${word}`));
  }
  // What the template should be like is not known then; a daemon set looks at the rest of it.
  if (wrong.length > 0 && kind !== 'DaemonSet') {
    const detail = kind === 'ReplicaSet' ? 'invalid label selector' : '';
    return [...errors, invalidValue(field, selector, detail)];
  }
  const isSelected = selector && (isEmpty(selector) || selects(selector, template?.metadata?.labels));
  if (wrong.length === 0 && !isSelected) errors.push(notSelected(template));
  return [...errors, ...validateEndlessTemplate(template, kind)];
}

/** The pods of a template, at `spec`, would not be those that its owner looks for. */
export function notSelected(template: PodTemplateSpec | undefined): FieldError {
  const detail = '`selector` does not match template `labels`';
  return invalidValue('spec.template.metadata.labels', template?.metadata?.labels, detail);
}

function isEmpty(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
}
