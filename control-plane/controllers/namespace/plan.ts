import type { KubeObject, Namespace } from '../../../lib/kube/types.ts';
import { kubeTime } from '../../../lib/kube/time.ts';

/** What is left of one kind in a namespace that is being deleted. */
export interface Remains {
  /** `pods`, `deployments.apps`. */
  readonly resource: string;
  readonly count: number;
  /** Finalizers that hold objects, with how many objects each. */
  readonly finalizers: Readonly<Record<string, number>>;
}

export function remainsOf(resource: string, objects: readonly KubeObject[]): Remains {
  const finalizers: Record<string, number> = {};
  for (const object of objects) {
    for (const finalizer of object.metadata?.finalizers ?? []) finalizers[finalizer] = (finalizers[finalizer] ?? 0) + 1;
  }
  return { resource, count: objects.length, finalizers };
}

type NamespaceStatus = NonNullable<Namespace['status']>;
type NamespaceCondition = NonNullable<NamespaceStatus['conditions']>[number];

/** How far the emptying of a namespace has come. */
export interface Emptying {
  readonly remains: readonly Remains[];
  /** What went wrong while deleting, if anything did. */
  readonly failure: string | undefined;
  /** Group versions whose kinds are not known, so that nothing can be said of their objects. */
  readonly undiscovered: readonly string[];
}

/** The status of a namespace on its way out, with upstream's conditions. */
export function terminatingStatus(
  namespace: Namespace,
  { remains, failure, undiscovered }: Emptying,
  nowMs: number,
): NamespaceStatus {
  const left = remains.filter(({ count }) => count > 0);
  const held: Record<string, number> = {};
  for (const { finalizers } of left) {
    for (const [name, count] of Object.entries(finalizers)) held[name] = (held[name] ?? 0) + count;
  }
  const content = left.map(({ resource, count }) => `${resource} has ${count} resource instances`).join(', ');
  const finalizers = Object.entries(held)
    .map(([name, count]) => `${name} in ${count} resource instances`)
    .join(', ');
  const conditions: NamespaceCondition[] = [
    undiscovered.length === 0
      ? condition(
          'NamespaceDeletionDiscoveryFailure',
          false,
          'ResourcesDiscovered',
          'All resources successfully discovered',
        )
      : condition('NamespaceDeletionDiscoveryFailure', true, 'DiscoveryFailed', discoveryFailure(undiscovered)),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    failure === undefined
      ? condition(
          'NamespaceDeletionContentFailure',
          false,
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        )
      : condition('NamespaceDeletionContentFailure', true, 'ContentDeletionFailed', failure),
    left.length === 0
      ? condition('NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed')
      : condition('NamespaceContentRemaining', true, 'SomeResourcesRemain', `Some resources are remaining: ${content}`),
    finalizers === ''
      ? condition(
          'NamespaceFinalizersRemaining',
          false,
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        )
      : condition(
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${finalizers}`,
        ),
  ];
  return {
    ...namespace.status,
    phase: 'Terminating',
    conditions: conditions.map((next) => {
      const before = namespace.status?.conditions?.find(({ type }) => type === next.type);
      const same = before?.status === next.status && before.lastTransitionTime !== undefined;
      return { ...next, lastTransitionTime: same ? before.lastTransitionTime : kubeTime(nowMs) };
    }),
  };
}

function discoveryFailure(undiscovered: readonly string[]): string {
  const groups = undiscovered.map((one) => `${one}: stale GroupVersion discovery: ${one}`).join(', ');
  return `Discovery failed for some groups, ${undiscovered.length} failing: unable to retrieve the complete list of server APIs: ${groups}`;
}

function condition(type: string, isTrue: boolean, reason: string, message: string): NamespaceCondition {
  return { type, status: isTrue ? 'True' : 'False', reason, message };
}
