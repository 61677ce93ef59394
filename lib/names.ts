/** Names that more than one room must agree on. */

/** Labels on Docker objects. They say what is ours and make every call repeatable. */
export const dockerLabels = {
  cluster: 'dev.vigil.cluster',
  node: 'dev.vigil.node',
  /** `sandbox` or `container`. */
  kind: 'dev.vigil.kind',
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
  restartCount: 'io.kubernetes.container.restartCount',
  /** Restarts in a row without a long run between them. */
  backOffStep: 'dev.vigil.back-off-step',
  specHash: 'dev.vigil.spec-hash',
} as const;

export const annotations = {
  /** Milliseconds between probe attempts; below one second allowed. */
  probePeriodMs: 'vigil.dev/probe-period-ms',
  probeStartPeriodMs: 'vigil.dev/probe-start-period-ms',
  autoRevert: 'vigil.dev/auto-revert',
  revision: 'deployment.kubernetes.io/revision',
  changeCause: 'kubernetes.io/change-cause',
} as const;

export const systemNamespace = 'vigil-system';
/** Service of the log store in the cluster. */
export const logStoreService = { namespace: systemNamespace, name: 'elasticsearch', port: 9200 } as const;
/** Secret with `ca.crt`, `tls.crt`, `tls.key`, `apiKey` for the log store. */
export const logStoreSecret = { namespace: systemNamespace, name: 'elasticsearch-credentials' } as const;
/** ConfigMap with `config.yaml`: webhooks and rule overrides. */
export const alertingConfigMap = { namespace: systemNamespace, name: 'alerting' } as const;
export const nodeLeaseNamespace = 'kube-node-lease';

/** API groups of Vigil's own, served by the control plane. */
export const apiGroups = { health: 'health.vigil.dev', logs: 'logs.vigil.dev', alerts: 'alerts.vigil.dev' } as const;

/** Under this name alone the API server speaks for users to aggregated servers. */
export const frontProxyName = 'front-proxy-client';

export const agentPort = 10250;
export const clusterDomain = 'cluster.local';
