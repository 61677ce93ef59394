import { VigilError } from '../../lib/errors.ts';
import { isNotFound } from '../../lib/kube/client.ts';
import { workloadOf } from '../../lib/kube/owner.ts';
import type { KubeObject, LabelSelector, Pod } from '../../lib/kube/types.ts';
import type { LogQuery } from '../../lib/log-query.ts';
import { resourcePath } from '../../lib/kube/resource-path.ts';
import { services } from '../../lib/kube/resources.ts';
import type { Api } from '../api/api.ts';
import { resourceNamed } from '../resource-argument.ts';

/** Which pods' lines are wanted, as the API selects pods and as the store selects documents. */
export interface LogScope {
  /** `undefined` = all namespaces. */
  readonly namespace: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly container?: string | undefined;
  /** What the API's selection lets through and is still not meant: another workload with the same labels. */
  includes(pod: Pod): boolean;
  readonly query: Pick<LogQuery, 'pods' | 'workload' | 'labelSelector' | 'containers'>;
}

/**
 * The scope that the words of a command name: `POD`, `KIND/NAME`, or none with a selector. A pod or workload that does not exist any more is no error: its lines may be in the store.
 */
export async function scopeOf(
  api: Api,
  target: string | undefined,
  options: {
    readonly namespace: string | undefined;
    readonly selector?: string | undefined;
    readonly container?: string | undefined;
  },
): Promise<LogScope> {
  const { namespace, selector, container } = options;
  const containers = container === undefined ? undefined : [container];
  if (target === undefined) {
    return {
      namespace,
      labelSelector: selector,
      container,
      includes: () => true,
      query: { labelSelector: selector, containers },
    };
  }
  if (selector !== undefined) throw new VigilError('USAGE', 'invalid', 'give a name or a selector, not both');
  if (namespace === undefined)
    throw new VigilError('USAGE', 'invalid', `"${target}" is in one namespace: -A goes only with a selector or alone`);
  const [kindWord, name] = target.includes('/') ? splitOnce(target) : ['pod', target];
  const resource = resourceNamed(kindWord);
  if (resource.kind === 'Pod') {
    return {
      namespace,
      fieldSelector: `metadata.name=${name}`,
      container,
      includes: () => true,
      query: { pods: [name], containers },
    };
  }
  const object = await api
    .json<KubeObject & { spec?: { selector?: LabelSelector & Record<string, unknown> } }>(
      'GET',
      resourcePath(resource, { namespace, name }),
    )
    .catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  if (resource.plural === services.plural) {
    const labels = Object.entries((object?.spec?.selector ?? {}) as Record<string, string>);
    if (labels.length === 0) throw new VigilError('USAGE', 'invalid', `Service ${name} selects no pods`);
    const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(',');
    return { namespace, labelSelector, container, includes: () => true, query: { labelSelector, containers } };
  }
  const workload = { kind: resource.kind, name };
  return {
    namespace,
    labelSelector: object === undefined ? undefined : matchLabels(object.spec?.selector),
    container,
    includes: (pod) => {
      const owner = workloadOf(pod);
      return (owner.kind === workload.kind && owner.name === name) || ownedBy(pod, workload);
    },
    query: { workload, containers },
  };
}

function ownedBy(pod: Pod, workload: { readonly kind: string; readonly name: string }): boolean {
  return (
    pod.metadata?.ownerReferences?.some((owner) => owner.kind === workload.kind && owner.name === workload.name) ===
    true
  );
}

function matchLabels(selector: LabelSelector | undefined): string | undefined {
  const labels = Object.entries(selector?.matchLabels ?? {});
  return labels.length === 0 ? undefined : labels.map(([key, value]) => `${key}=${value}`).join(',');
}

function splitOnce(text: string): [string, string] {
  const slash = text.indexOf('/');
  return [text.slice(0, slash), text.slice(slash + 1)];
}
