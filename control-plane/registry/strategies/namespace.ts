import { isDns1123Label, isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { Namespace } from '../../../lib/kube/types.ts';
import { unqualifiedFinalizer } from '../metadata.ts';
import type { Strategy } from '../strategy.ts';
import { follows } from './field-checks.ts';
import { invalidValue } from './field-errors.ts';

/** Held by every namespace until its content is gone. */
const NAMESPACE_FINALIZER = 'kubernetes';
const NAME_LABEL = 'kubernetes.io/metadata.name';

export const namespaceStrategy: Strategy<Namespace> = {
  default(namespace) {
    const { metadata, status = {} } = namespace;
    status.phase ||= 'Active';
    namespace.status = status;
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
  validate({ spec }, old) {
    const known = new Set(old?.spec?.finalizers);
    return (spec?.finalizers ?? []).flatMap((finalizer, index) => {
      const at = `spec.finalizers[${index}]`;
      if (known.has(finalizer)) return [];
      return [...follows(at, finalizer, isQualifiedName), ...unqualifiedFinalizer(at, finalizer)];
    });
  },
  validateStatusUpdate({ metadata, status }) {
    const isGoing = metadata?.deletionTimestamp !== undefined;
    const [wanted, when] = isGoing ? ['Terminating', 'not empty'] : ['Active', 'empty'];
    if (status?.phase === wanted) return [];
    const detail = `may only be '${wanted}' if \`deletionTimestamp\` is ${when}`;
    return [invalidValue('status.Phase', status?.phase, detail)];
  },
};
