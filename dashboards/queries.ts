import { metricNames } from '../lib/metric-names.ts';
import { config } from './config.ts';

/** A PromQL expression and the legend of its series. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

const window = config.rateWindow;

function query(expr: string, legend: string): Query {
  return { expr, legend };
}

/** `$namespace` and `$workload` are variables of the workload board; a workload's pods carry its name in front. */
const ofWorkload = 'namespace="$namespace",pod=~"$workload-.*"';
const ofNode = 'node="$node"';

export const queries = {
  nodesReady: query('sum(kube_node_status_condition{condition="Ready",status="true"})', 'ready'),
  nodes: query('count(kube_node_info)', 'nodes'),
  podsByPhase: query('sum by (phase) (kube_pod_status_phase)', '{{phase}}'),
  podsNotReady: query('sum by (namespace) (kube_pod_status_ready{condition="false"})', '{{namespace}}'),
  restarts: query(`sum by (namespace) (increase(kube_pod_container_status_restarts_total[10m]))`, '{{namespace}}'),
  clusterCpu: query(`sum by (node) (rate(container_cpu_usage_seconds_total{container!=""}[${window}]))`, '{{node}}'),
  clusterMemory: query('sum by (node) (container_memory_working_set_bytes{container!=""})', '{{node}}'),
  apiRequests: query(`sum by (verb) (rate(${metricNames.apiserverRequests.name}[${window}]))`, '{{verb}}'),
  apiErrors: query(`sum by (code) (rate(${metricNames.apiserverRequests.name}{code=~"5.."}[${window}]))`, '{{code}}'),
  apiLatency: query(
    `histogram_quantile(0.99, sum by (le, verb) (rate(${metricNames.apiserverRequestSeconds.name}_bucket[${window}])))`,
    '{{verb}} p99',
  ),
  queueDepth: query(`sum by (name) (${metricNames.workqueueDepth.name})`, '{{name}}'),
  pendingPods: query(`sum by (queue) (${metricNames.schedulerPending.name})`, '{{queue}}'),

  nodePods: query(`${metricNames.kubeletRunningPods.name}{${ofNode}}`, 'pods'),
  nodeCpu: query(
    `sum by (pod) (rate(container_cpu_usage_seconds_total{container!="",${ofNode}}[${window}]))`,
    '{{pod}}',
  ),
  nodeMemory: query(`sum by (pod) (container_memory_working_set_bytes{container!="",${ofNode}})`, '{{pod}}'),
  nodeAllocatableCpu: query(`kube_node_status_allocatable{resource="cpu",${ofNode}}`, 'allocatable'),
  nodeAllocatableMemory: query(`kube_node_status_allocatable{resource="memory",${ofNode}}`, 'allocatable'),
  nodeRelist: query(
    `histogram_quantile(0.99, sum by (le) (rate(${metricNames.kubeletRelistSeconds.name}_bucket{${ofNode}}[${window}])))`,
    'relist p99',
  ),
  nodeRuntimeErrors: query(
    `sum by (operation_type) (rate(${metricNames.kubeletRuntimeErrors.name}{${ofNode}}[${window}]))`,
    '{{operation_type}}',
  ),

  workloadReady: query('kube_deployment_status_replicas_ready{namespace="$namespace",deployment="$workload"}', 'ready'),
  workloadWanted: query('kube_deployment_spec_replicas{namespace="$namespace",deployment="$workload"}', 'wanted'),
  workloadCpu: query(
    `sum by (pod) (rate(container_cpu_usage_seconds_total{container!="",${ofWorkload}}[${window}]))`,
    '{{pod}}',
  ),
  workloadMemory: query(`sum by (pod) (container_memory_working_set_bytes{container!="",${ofWorkload}})`, '{{pod}}'),
  workloadRestarts: query(
    `sum by (pod, container) (increase(kube_pod_container_status_restarts_total{${ofWorkload}}[10m]))`,
    '{{pod}} {{container}}',
  ),

  probeFailures: query(
    `sum by (namespace, pod, probe_type) (rate(${metricNames.probes.name}{result="failed"}[${window}]))`,
    '{{namespace}}/{{pod}} {{probe_type}}',
  ),
  probeUnknown: query(
    `sum by (namespace, pod, probe_type) (rate(${metricNames.probes.name}{result="unknown"}[${window}]))`,
    '{{namespace}}/{{pod}} {{probe_type}}',
  ),
  probeLatency: query(
    `histogram_quantile(0.99, sum by (le, namespace, pod, probe_type) (rate(${metricNames.probeSeconds.name}_bucket[${window}])))`,
    '{{namespace}}/{{pod}} {{probe_type}} p99',
  ),
  probesPerSecond: query(`sum by (result) (rate(${metricNames.probes.name}[${window}]))`, '{{result}}'),
} as const satisfies Readonly<Record<string, Query>>;
