import { isDns1123Label } from '../../../lib/kube/name-rules.ts';
import type { Namespace } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

/** Held by every namespace until its content is gone. */
const NAMESPACE_FINALIZER = 'kubernetes';
const NAME_LABEL = 'kubernetes.io/metadata.name';

export const namespaceStrategy: Strategy<Namespace> = {
  default(namespace) {
    const { metadata } = namespace;
    if (!metadata?.name) return;
    metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
  },
  prepareForCreate(namespace) {
    namespace.status = { phase: 'Active' };
    const finalizers = namespace.spec?.finalizers ?? [];
    if (!finalizers.includes(NAMESPACE_FINALIZER)) {
      namespace.spec = { ...namespace.spec, finalizers: [...finalizers, NAMESPACE_FINALIZER] };
    }
  },
  prepareForUpdate(namespace, old) {
    // Only the `finalize` subresource changes these.
    namespace.spec = old.spec?.finalizers ? { finalizers: [...old.spec.finalizers] } : {};
  },
  nameErrors: isDns1123Label,
};
