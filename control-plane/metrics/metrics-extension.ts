import type { Informer } from '../../lib/kube/informer.ts';
import { fieldValue, parseFieldSelector } from '../../lib/kube/field-selector.ts';
import { parseLabelSelector, SelectorError, type LabelMatcher } from '../../lib/kube/label-selector.ts';
import { badRequest, notFound, pathNotFound } from '../../lib/kube/status-errors.ts';
import { kubeTime } from '../../lib/kube/time.ts';
import type { KubeObject, Node, Pod } from '../../lib/kube/types.ts';
import type { ApiExtension, ExtensionRequest } from '../apiserver/extension.ts';
import type { ResourceMetrics } from './resource-metrics.ts';
import type { Usage } from './usage.ts';

const group = 'metrics.k8s.io';
const apiVersion = `${group}/v1beta1`;

export interface MetricsSources {
  readonly nodes: Informer<Node>;
  readonly pods: Informer<Pod>;
  readonly metrics: ResourceMetrics;
}

/** `metrics.k8s.io/v1beta1`: what `kubectl top` reads. */
export function metricsExtension(sources: MetricsSources): ApiExtension {
  return {
    group,
    version: 'v1beta1',
    resources: [
      { name: 'nodes', singularName: '', kind: 'NodeMetrics', namespaced: false, verbs: ['get', 'list'] },
      { name: 'pods', singularName: '', kind: 'PodMetrics', namespaced: true, verbs: ['get', 'list'] },
    ],
    handle: (request) => Promise.resolve({ body: answer(sources, request) }),
  };
}

function answer(sources: MetricsSources, request: ExtensionRequest): unknown {
  // Nodes are in no namespace: who was authorized for one only must not see them by naming it.
  if (request.resource === 'nodes' && request.namespace !== undefined) throw pathNotFound();
  if (request.resource === 'nodes')
    return request.name === undefined ? listNodes(sources, request) : oneNode(sources, request.name);
  if (request.resource === 'pods')
    return request.name === undefined ? listPods(sources, request) : onePod(sources, request);
  throw pathNotFound();
}

function listNodes(sources: MetricsSources, request: ExtensionRequest): unknown {
  const wanted = selection(request);
  const items = sources.nodes
    .list()
    .filter(wanted)
    .map((node) => nodeMetrics(sources.metrics, node));
  return listOf('NodeMetricsList', items);
}

function oneNode(sources: MetricsSources, name: string): unknown {
  const node = sources.nodes.get(name);
  const found = node && nodeMetrics(sources.metrics, node);
  if (!found) throw notFound({ group, plural: 'nodes' }, name);
  return found;
}

function listPods(sources: MetricsSources, request: ExtensionRequest): unknown {
  const wanted = selection(request);
  const items = sources.pods
    .list()
    .filter((pod) => (request.namespace === undefined || pod.metadata?.namespace === request.namespace) && wanted(pod))
    .map((pod) => podMetrics(sources.metrics, pod));
  return listOf('PodMetricsList', items);
}

function onePod(sources: MetricsSources, { namespace = '', name = '' }: ExtensionRequest): unknown {
  const pod = sources.pods.get(`${namespace}/${name}`);
  const found = pod && podMetrics(sources.metrics, pod);
  if (!found) throw notFound({ group, plural: 'pods' }, `${namespace}/${name}`);
  return found;
}

function listOf(kind: string, items: readonly unknown[]): unknown {
  return { kind, apiVersion, metadata: {}, items: items.filter((item) => item !== undefined) };
}

function nodeMetrics(metrics: ResourceMetrics, node: Node): unknown {
  const usage = metrics.nodeUsage(node.metadata?.name ?? '');
  return usage && { kind: 'NodeMetrics', apiVersion, ...head(node, usage), usage: quantities(usage) };
}

function podMetrics(metrics: ResourceMetrics, pod: Pod): unknown {
  const found = metrics.podUsage(pod.spec?.nodeName ?? '', pod.metadata?.namespace ?? '', pod.metadata?.name ?? '');
  const first = found?.containers[0];
  if (!found || !first || found.uid !== pod.metadata?.uid) return undefined;
  return {
    kind: 'PodMetrics',
    apiVersion,
    ...head(pod, first),
    containers: found.containers.map((container) => ({ name: container.name, usage: quantities(container) })),
  };
}

function head(object: KubeObject, usage: Usage): Readonly<Record<string, unknown>> {
  const { name, namespace, labels } = object.metadata ?? {};
  const timestamp = kubeTime(usage.timeMs);
  return {
    metadata: { name, namespace, creationTimestamp: timestamp, labels },
    timestamp,
    window: `${(usage.windowMs / 1000).toFixed(3)}s`,
  };
}

function quantities(usage: Usage): { readonly cpu: string; readonly memory: string } {
  return { cpu: `${usage.nanoCores}n`, memory: `${Math.ceil(usage.memoryBytes / 1024)}Ki` };
}

function selection(request: ExtensionRequest): (object: KubeObject) => boolean {
  try {
    const labels: LabelMatcher = parseLabelSelector(request.query.get('labelSelector') ?? '');
    const fields = parseFieldSelector(request.query.get('fieldSelector') ?? '');
    return (object) => labels.matches(object.metadata?.labels) && fields.matches((field) => fieldValue(object, field));
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(`unable to parse selector: ${error.message}`);
    throw error;
  }
}
