import { namespaces } from '../../lib/kube/resources.ts';
import { forbidden, notFound, statusError } from '../../lib/kube/status-errors.ts';
import type { Namespace } from '../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';
import type { Registry } from '../registry/registry.ts';

/** Namespaces without which the cluster does not work. */
const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is made in a namespace that is not there or is going away, and some namespaces never go. */
export function namespaceLifecycle(registry: Registry): AdmissionPlugin {
  const { cache } = registry.of(namespaces);
  return {
    name: 'NamespaceLifecycle',
    admit(request) {
      if (request.operation !== 'CREATE' || !request.definition.resource.namespaced) return;
      const name = request.namespace ?? '';
      const namespace = cache.get(name)?.object as Namespace | undefined;
      if (!namespace) throw notFound(namespaces, name);
      if (namespace.metadata?.deletionTimestamp !== undefined)
        throw terminating(request, namespace.metadata.deletionTimestamp);
    },
    validate(request) {
      if (request.operation !== 'DELETE' || request.definition.resource.plural !== 'namespaces') return;
      if (immortal.has(request.name)) throw forbidden(namespaces, request.name, 'this namespace may not be deleted');
    },
  };
}

function terminating(request: AdmissionRequest, since: string): Error {
  const { resource } = request.definition;
  const name = request.object?.metadata.name ?? '';
  const namespace = request.namespace ?? '';
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { message } = forbidden(resource, name, why);
  return statusError(403, 'Forbidden', message, {
    name,
    group: resource.group,
    kind: resource.plural,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated since ${since}`,
        field: 'metadata.namespace',
      },
    ],
  });
}
