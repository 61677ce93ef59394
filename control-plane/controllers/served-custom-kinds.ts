import { customResourceType } from '../../lib/kube/custom-resource-type.ts';
import type { Informer } from '../../lib/kube/informer.ts';
import { customResourceDefinitions, type ResourceType } from '../../lib/kube/resources.ts';
import type { CustomResourceDefinition } from '../../lib/kube/types.ts';
import type { ControllerDeps } from './deps.ts';

/** The kinds that CustomResourceDefinitions define, as rows that clients can ask for. */
export class ServedCustomKinds {
  readonly informer: Informer<CustomResourceDefinition>;

  constructor(deps: ControllerDeps) {
    this.informer = deps.informers.of(customResourceDefinitions);
  }

  /** Each kind once, whatever versions it has. */
  list(): readonly ResourceType[] {
    return [...this.informer.list()].flatMap((definition) => customKind(definition) ?? []);
  }

  /** Calls back with a kind that is now served, and with one that is no longer. Kinds that are served already are told at once. */
  onChange(handler: (type: 'ADDED' | 'DELETED', kind: ResourceType) => void): void {
    this.informer.onChange((type, definition, old) => {
      const before = old && customKind(old);
      const now = type === 'DELETED' ? undefined : customKind(definition);
      if (before && before.version === now?.version) return;
      if (before) handler('DELETED', before);
      if (now) handler('ADDED', now);
    });
  }
}

/** `undefined` while it is not served. Pure. */
export function customKind({ spec, status }: CustomResourceDefinition): ResourceType | undefined {
  const isEstablished = status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True');
  const served = spec.versions.filter((version) => version.served);
  const version = served.find((one) => one.storage) ?? served[0];
  if (!isEstablished || !version) return undefined;
  return customResourceType(spec, version.name);
}
