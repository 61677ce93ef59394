import type { PodTemplate } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { requiredValue } from './field-errors.ts';
import { defaultPodTemplate, validateTemplatePodSpec } from './pod-template.ts';

export const podTemplateStrategy: Strategy<PodTemplate> = {
  default: ({ template }) => defaultPodTemplate(template),
  validate: ({ template }) =>
    template?.spec
      ? validateTemplatePodSpec(template.spec, 'template.spec')
      : [requiredValue('template.spec.containers')],
};
