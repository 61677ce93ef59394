import type { PodTemplateSpec } from '../../../lib/kube/types.ts';
import { defaultPodSpec } from './pod-defaults.ts';

/** Fills in the pod spec of a template as far as upstream does. */
export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (!template) return;
  template.metadata ??= {};
  if (template.spec) defaultPodSpec(template.spec);
}
