import type { CoreEvent } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { invalidValue } from './field-errors.ts';

/** Where Events about objects without a namespace live. */
const clusterEventNamespaces: ReadonlySet<string | undefined> = new Set(['default', 'kube-system']);

export const eventStrategy: Strategy<CoreEvent> = {
  // It is a structure that is always there, whatever it says.
  default(event) {
    event.involvedObject ??= {};
  },
  validate({ metadata, involvedObject }) {
    const about = involvedObject?.namespace;
    const isInPlace = about ? about === metadata?.namespace : clusterEventNamespaces.has(metadata?.namespace);
    return isInPlace ? [] : [invalidValue('involvedObject.namespace', about ?? '', 'does not match event.namespace')];
  },
};
