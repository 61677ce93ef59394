import { pods, priorityClasses } from '../../lib/kube/resources.ts';
import { forbidden } from '../../lib/kube/status-errors.ts';
import type { Pod, PodSpec, PriorityClass } from '../../lib/kube/types.ts';
import type { AdmissionPlugin } from '../registry/admission.ts';
import type { Registry } from '../registry/registry.ts';

/** Turns the name of a priority class into the number that the scheduler compares; where none is named, the class that is the default. What was found for a pod stays with it when an update does not say it. */
export function podPriority(registry: Registry): AdmissionPlugin {
  const { cache } = registry.of(priorityClasses);
  return {
    name: 'Priority',
    admit(request) {
      const { operation, definition, subresource } = request;
      if (definition.resource.plural !== 'pods' || subresource !== undefined) return;
      const spec = (request.object as Pod | undefined)?.spec;
      if (!spec) return;
      if (operation === 'UPDATE') keepPriority(spec, (request.old as Pod | undefined)?.spec);
      if (operation !== 'CREATE') return;
      const name = spec.priorityClassName;
      const found = name
        ? (cache.get(name)?.object as PriorityClass | undefined)
        : defaultClass([...cache.all()].map((entry) => entry.object as unknown as PriorityClass));
      if (name && !found) throw forbidden(pods, request.name, `no PriorityClass with name ${name} was found`);
      const priority = found?.value ?? 0;
      if (spec.priority !== undefined && spec.priority !== priority) {
        throw forbidden(
          pods,
          request.name,
          `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
        );
      }
      spec.priority = priority;
      if (!name && found) spec.priorityClassName = found.metadata?.name;
      spec.preemptionPolicy ??= found?.preemptionPolicy ?? 'PreemptLowerPriority';
    },
  };
}

function keepPriority(spec: PodSpec, old: PodSpec | undefined): void {
  if (old?.priority !== undefined) spec.priority ??= old.priority;
  if (old?.preemptionPolicy !== undefined) spec.preemptionPolicy ??= old.preemptionPolicy;
}

/** The one of the lowest value, should several claim to be it. */
function defaultClass(classes: readonly PriorityClass[]): PriorityClass | undefined {
  return classes.filter((one) => one.globalDefault).sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}
