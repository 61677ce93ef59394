import type { PodTemplate } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { defaultPodTemplate, validateTemplate } from './pod-template.ts';

export const podTemplateStrategy: Strategy<PodTemplate> = {
  default: ({ template }) => defaultPodTemplate(template),
  validate: ({ template }) => validateTemplate(template, 'template'),
};
