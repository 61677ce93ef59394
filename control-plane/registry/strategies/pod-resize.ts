import { compareQuantities, parseQuantity } from '../../../lib/kube/quantity.ts';
import type { Container, Pod, PodSpec } from '../../../lib/kube/types.ts';
import { cloneObject, isEqualJson } from '../api-object.ts';
import type { FieldError, SubresourceStrategy } from '../strategy.ts';
import { forbiddenField, invalidValue } from './field-errors.ts';
import { qosClassOf } from './pod-qos.ts';

type Amounts = Readonly<Record<string, string>>;

const lists = ['containers', 'initContainers'] as const;
const resizable = ['cpu', 'memory'] as const;
const onlyTheseDetail = 'only cpu and memory resources are mutable';

/** `pods/resize`: other requests and limits of cpu and memory for containers that run. The node decides whether it has them. */
export const resizeStrategy: SubresourceStrategy<Pod> = {
  prepareForUpdate(pod, old) {
    const { spec: sent } = pod;
    const { resourceVersion, managedFields } = pod.metadata ?? {};
    const { spec, metadata, ...others } = cloneObject(old);
    if (!spec) return;
    for (const list of lists) {
      const present = sent?.[list];
      const containers = present && containersOf(present, spec[list] ?? []);
      if (containers) spec[list] = containers;
      else if (list === 'initContainers') delete spec[list];
    }
    Object.assign(pod, others, { metadata: { ...metadata, resourceVersion, managedFields }, spec });
    if (others.status === undefined) delete pod.status;
  },
  validateUpdate(pod, old) {
    if (!pod.spec || !old.spec) return [];
    const order = lists.flatMap((list) => validateOrder(pod.spec?.[list] ?? [], old.spec?.[list] ?? [], list));
    return [...validateQosAndNode(pod, old), ...(order.length > 0 ? order : validateContents(pod.spec, old.spec))];
  },
};

/** As sent in number, order and name, so that validation finds what is not allowed; of each, resources and resize policy alone. */
function containersOf(sent: readonly Container[], old: readonly Container[]): Container[] {
  const known = new Map(old.map((container) => [container.name, container]));
  return sent.map((container) => {
    const before = known.get(container.name);
    if (!before) return container;
    const { resources, resizePolicy } = container;
    const { resources: _resources, resizePolicy: _policy, ...kept } = before;
    return {
      ...kept,
      ...(resources === undefined ? {} : { resources }),
      ...(resizePolicy === undefined ? {} : { resizePolicy }),
    };
  });
}

function validateQosAndNode(pod: Pod, old: Pod): readonly FieldError[] {
  const errors: FieldError[] = [];
  const qosClass = pod.spec && qosClassOf(pod.spec);
  const before = old.status?.qosClass ?? (old.spec && qosClassOf(old.spec));
  if (qosClass !== before)
    errors.push(invalidValue('spec', before, 'Pod QOS Class may not change as a result of resizing'));
  const running = old.status?.containerStatuses?.find((status) => status.state?.running);
  if (running && running.resources === undefined)
    errors.push(forbiddenField('spec', 'Pod running on node without support for resize'));
  return errors;
}

function validateOrder(
  containers: readonly Container[],
  old: readonly Container[],
  list: (typeof lists)[number],
): readonly FieldError[] {
  if (containers.length !== old.length)
    return [forbiddenField(`spec.${list}`, `${list} may not be added or removed on resize`)];
  return old.flatMap(({ name }, index) =>
    containers[index]?.name === name
      ? []
      : [forbiddenField(`spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`)],
  );
}

function validateContents(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  return lists.flatMap((list) =>
    (spec[list] ?? []).flatMap((container, index) => {
      const before = old[list]?.[index];
      return before ? validateContainer(container, before, list, index) : [];
    }),
  );
}

function validateContainer(
  container: Container,
  old: Container,
  list: (typeof lists)[number],
  index: number,
): readonly FieldError[] {
  const at = `spec.${list}[${index}].resources`;
  const isFixed = list === 'initContainers' && old.restartPolicy !== 'Always';
  if (isFixed && !areSameResources(container, old))
    return [forbiddenField(at, 'resources for non-sidecar init containers are immutable')];
  const errors = (['requests', 'limits'] as const).flatMap((kind) => {
    const amounts = container.resources?.[kind] ?? {};
    const isLess = Object.keys(old.resources?.[kind] ?? {}).some((name) => amounts[name] === undefined);
    return isLess ? [forbiddenField(`${at}.${kind}`, `resource ${kind} cannot be removed`)] : [];
  });
  if (!isEqualJson(fixedPart(container), fixedPart(old))) errors.push(forbiddenField('spec', onlyTheseDetail));
  return errors;
}

/** A container without what a resize may change. */
function fixedPart({ resources, ...rest }: Container): unknown {
  const { requests, limits, ...others } = resources ?? {};
  return { ...rest, resources: { ...others, requests: withoutResizable(requests), limits: withoutResizable(limits) } };
}

function withoutResizable(amounts: Amounts = {}): Amounts {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => !resizable.some((one) => one === name)));
}

function areSameResources(container: Container, old: Container): boolean {
  return (['requests', 'limits'] as const).every((kind) => {
    const [amounts, before] = [container.resources?.[kind] ?? {}, old.resources?.[kind] ?? {}];
    const names = new Set([...Object.keys(amounts), ...Object.keys(before)]);
    return [...names].every((name) => isSameAmount(amounts[name], before[name]));
  });
}

function isSameAmount(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return compareQuantities(parseQuantity(a), parseQuantity(b)) === 0;
}
