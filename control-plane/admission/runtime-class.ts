import { isDeepStrictEqual } from 'node:util';
import { pods, runtimeClasses } from '../../lib/kube/resources.ts';
import { forbidden } from '../../lib/kube/status-errors.ts';
import type { Pod, RuntimeClass } from '../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';
import type { Registry } from '../registry/registry.ts';

type Spec = NonNullable<Pod['spec']>;

/** A pod that names a runtime class gets the overhead and the place that the class asks for; one that names none that there is, is refused. */
export function runtimeClassAdmission(registry: Registry): AdmissionPlugin {
  const { cache } = registry.of(runtimeClasses);
  return {
    name: 'RuntimeClass',
    admit(request) {
      const spec = specOf(request);
      if (!spec?.runtimeClassName) return;
      const found = cache.get(spec.runtimeClassName)?.object as RuntimeClass | undefined;
      if (!found) throw rejected(request, `RuntimeClass "${spec.runtimeClassName}" not found`);
      addOverhead(request, spec, found);
      addScheduling(request, spec, found);
    },
    validate(request) {
      const spec = specOf(request);
      if (!spec?.overhead || Object.keys(spec.overhead).length === 0) return;
      const found = spec.runtimeClassName ? (cache.get(spec.runtimeClassName)?.object as RuntimeClass) : undefined;
      if (!found?.overhead)
        throw rejected(request, 'Pod Overhead set without corresponding RuntimeClass defined Overhead');
    },
  };
}

function specOf({ operation, definition, subresource, object }: AdmissionRequest): Spec | undefined {
  if (operation !== 'CREATE' || definition.resource.plural !== 'pods' || definition.resource.group !== '') return;
  return subresource === undefined ? (object as Pod | undefined)?.spec : undefined;
}

function rejected(request: AdmissionRequest, why: string): Error {
  return forbidden(pods, request.name, `pod rejected: ${why}`);
}

function addOverhead(request: AdmissionRequest, spec: Spec, { overhead }: RuntimeClass): void {
  const fixed = overhead?.podFixed;
  if (!fixed) return;
  if (spec.overhead && !isDeepStrictEqual(spec.overhead, fixed))
    throw rejected(request, "Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  spec.overhead = { ...fixed };
}

function addScheduling(request: AdmissionRequest, spec: Spec, { scheduling }: RuntimeClass): void {
  if (!scheduling) return;
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      throw rejected(
        request,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      );
    }
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  const missing = (scheduling.tolerations ?? []).filter(
    (toleration) => !spec.tolerations?.some((own) => isDeepStrictEqual(own, toleration)),
  );
  if (missing.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...missing.map((one) => ({ ...one }))];
}
