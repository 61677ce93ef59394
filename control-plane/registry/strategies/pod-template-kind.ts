import type { PodTemplate } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { requiredValue } from './field-errors.ts';
import { validatePodSpec } from './pod-spec-validation.ts';
import { defaultPodTemplate } from './pod-template.ts';

export const podTemplateStrategy: Strategy<PodTemplate> = {
  default: ({ template }) => defaultPodTemplate(template),
  validate: ({ template }) =>
    template?.spec ? validatePodSpec(template.spec, 'template.spec') : [requiredValue('template.spec.containers')],
};
