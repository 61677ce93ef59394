import { flatAttributes, type Attribute, type Attributes } from './attributes.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Fields of a document → resource attributes by OpenTelemetry's semantic conventions. Labels become `k8s.pod.label.<key>`. */
const names: readonly (readonly [path: string, attribute: string])[] = [
  ['container.id', 'container.id'],
  ['container.image.name', 'container.image.name'],
  ['container.runtime', 'container.runtime.name'],
  ['kubernetes.namespace', 'k8s.namespace.name'],
  ['kubernetes.pod.name', 'k8s.pod.name'],
  ['kubernetes.pod.uid', 'k8s.pod.uid'],
  ['kubernetes.container.name', 'k8s.container.name'],
  ['kubernetes.node.name', 'k8s.node.name'],
  ['kubernetes.deployment.name', 'k8s.deployment.name'],
  ['kubernetes.statefulset.name', 'k8s.statefulset.name'],
  ['kubernetes.daemonset.name', 'k8s.daemonset.name'],
  ['kubernetes.replicaset.name', 'k8s.replicaset.name'],
  ['kubernetes.job.name', 'k8s.job.name'],
  ['kubernetes.cronjob.name', 'k8s.cronjob.name'],
  ['orchestrator.cluster.name', 'k8s.cluster.name'],
  ['vigil.restart_count', 'k8s.container.restart_count'],
  ['data_stream.type', 'data_stream.type'],
  ['data_stream.dataset', 'data_stream.dataset'],
  ['data_stream.namespace', 'data_stream.namespace'],
];
const LABELS = 'kubernetes.labels.';
const NAME_LABEL = `${LABELS}app.kubernetes.io/name`;
const isResource = /^(container|kubernetes|orchestrator|data_stream)\.|^vigil\.(restart_count|workload)(\.|$)/;

/** Splits a document's fields (without time, message, stream and level) into resource attributes and record attributes. */
export function splitDocument(document: Fields): { readonly resource: Attributes; readonly record: Attributes } {
  const flat = flatAttributes(document);
  const resource: Record<string, Attribute> = {};
  for (const [path, attribute] of names) {
    const value = flat[path];
    if (value !== undefined) resource[attribute] = value;
  }
  // The name that semantic conventions give a service in Kubernetes.
  const service = flat[NAME_LABEL] ?? flat['vigil.workload.name'];
  if (service !== undefined) resource['service.name'] = service;
  const record: Record<string, Attribute> = {};
  for (const [path, value] of Object.entries(flat)) {
    if (path.startsWith(LABELS)) resource[`k8s.pod.label.${path.slice(LABELS.length)}`] = value;
    else if (!isResource.test(path)) record[path] = value;
  }
  return { resource, record };
}
