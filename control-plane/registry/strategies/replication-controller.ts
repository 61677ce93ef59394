import type { PodTemplateSpec, ReplicationController } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { replicasInStatus } from './counts-in-status.ts';
import { nonNegative } from './field-checks.ts';
import { requiredValue } from './field-errors.ts';
import { defaultPodTemplate, notSelected, validateEndlessTemplate } from './pod-template.ts';
import { podSpecWarnings } from './pod-warnings.ts';

/** The selector and the labels that are not said come from the template's labels. */
export const replicationControllerStrategy: Strategy<ReplicationController> = {
  default(controller) {
    const { spec } = controller;
    if (!spec) return;
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
    const labels = spec.template?.metadata?.labels ?? {};
    if (isEmpty(labels)) return;
    if (isEmpty(spec.selector)) spec.selector = { ...labels };
    if (controller.metadata && isEmpty(controller.metadata.labels)) controller.metadata.labels = { ...labels };
  },
  prepareForCreate(controller) {
    controller.status = { replicas: 0 };
  },
  validate: ({ spec }) => [
    ...nonNegative('spec.replicas', spec?.replicas),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...(isEmpty(spec?.selector) ? [requiredValue('spec.selector')] : []),
    ...(spec?.template
      ? [
          ...(hasLabels(spec.template, spec.selector ?? {}) ? [] : [notSelected(spec.template)]),
          ...validateEndlessTemplate(spec.template, 'ReplicationController'),
        ]
      : [requiredValue('spec.template')]),
  ],
  validateStatusUpdate: ({ status }) => replicasInStatus(status),
  warnings: ({ spec }) => (spec?.template?.spec ? podSpecWarnings(spec.template.spec, 'spec.template.spec') : []),
};

/** This selector is of before there were rules for selectors. */
function hasLabels({ metadata }: PodTemplateSpec, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => metadata?.labels?.[key] === value);
}

function isEmpty(labels: Readonly<Record<string, string>> | undefined): boolean {
  return Object.keys(labels ?? {}).length === 0;
}
