/**
 * The catalogue of metrics: names, labels and help in one place, for those who count and for those who draw and alert. Kubernetes' names where there are any;
 * everything of Vigil's own begins with `vigil_`.
 */
export interface MetricDefinition<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
}

function metric<const L extends string>(name: string, help: string, ...labels: readonly L[]): MetricDefinition<L> {
  return { name, help, labels };
}

export const metricNames = {
  apiserverRequests: metric(
    'apiserver_request_total',
    'Requests answered by the API server.',
    'verb',
    'group',
    'version',
    'resource',
    'subresource',
    'scope',
    'component',
    'code',
  ),
  apiserverRequestSeconds: metric(
    'apiserver_request_sli_duration_seconds',
    'Time to answer a request, watches and other long-running ones left out.',
    'verb',
    'group',
    'version',
    'resource',
    'subresource',
    'scope',
    'component',
  ),
  apiserverTerminations: metric(
    'apiserver_request_terminations_total',
    'Requests that the API server gave up.',
    'verb',
    'group',
    'version',
    'resource',
    'subresource',
    'scope',
    'component',
    'code',
  ),
  apiserverWatchers: metric(
    'apiserver_longrunning_requests',
    'Watches open now.',
    'verb',
    'group',
    'version',
    'resource',
  ),
  buildInfo: metric(
    'kubernetes_build_info',
    'The version that is running.',
    'git_version',
    'major',
    'minor',
    'platform',
  ),
  restClientRequests: metric('rest_client_requests_total', 'Requests sent to the API.', 'code', 'method', 'host'),
  workqueueAdds: metric('workqueue_adds_total', 'Keys added to a work queue.', 'name'),
  workqueueDepth: metric('workqueue_depth', 'Keys that wait in a work queue.', 'name'),
  workqueueRetries: metric('workqueue_retries_total', 'Keys worked again after a failure.', 'name'),
  workqueueSeconds: metric('workqueue_work_duration_seconds', 'Time that working a key took.', 'name'),
  schedulerAttempts: metric('scheduler_schedule_attempts_total', 'Attempts to place a pod.', 'result', 'profile'),
  schedulerSeconds: metric(
    'scheduler_scheduling_attempt_duration_seconds',
    'Time of one attempt to place a pod.',
    'result',
    'profile',
  ),
  schedulerPending: metric('scheduler_pending_pods', 'Pods that wait for a node.', 'queue'),
  probes: metric(
    'prober_probe_total',
    'Probe attempts by result.',
    'probe_type',
    'result',
    'container',
    'pod',
    'namespace',
    'pod_uid',
  ),
  probeSeconds: metric(
    'prober_probe_duration_seconds',
    'Time that a probe attempt took, whatever its result.',
    'probe_type',
    'container',
    'pod',
    'namespace',
  ),
  kubeletRunningPods: metric('kubelet_running_pods', 'Pods with a running sandbox.'),
  kubeletRunningContainers: metric('kubelet_running_containers', 'Containers by state.', 'container_state'),
  kubeletNodeName: metric('kubelet_node_name', 'The name of this node; always 1.', 'node'),
  kubeletPodStartSeconds: metric(
    'kubelet_pod_start_duration_seconds',
    'Time from seeing a pod to all of its containers running.',
  ),
  kubeletRelistSeconds: metric('kubelet_pleg_relist_duration_seconds', 'Time to observe all containers once.'),
  kubeletRuntimeOperations: metric(
    'kubelet_runtime_operations_total',
    'Calls to the container runtime.',
    'operation_type',
  ),
  kubeletRuntimeErrors: metric(
    'kubelet_runtime_operations_errors_total',
    'Calls to the container runtime that failed.',
    'operation_type',
  ),
  kubeletEvictions: metric('kubelet_evictions', 'Pods evicted from this node.', 'eviction_signal'),
  decisions: metric('vigil_decisions_total', 'Decisions by the part that decided.', 'component', 'decision'),
  agentConnected: metric('vigil_agent_connected', 'Whether the stream of signals from an agent is open.', 'node'),
  alerts: metric('vigil_alerts', 'Alerts that are pending or firing.', 'alertname', 'severity', 'state'),
  alertNotifications: metric('vigil_alert_notifications_total', 'Attempts to tell a receiver.', 'receiver', 'result'),
} as const;
