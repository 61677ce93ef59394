/** Namespace of the objects below. */
export const measured = 'measured';

const meta = (name: string) => ({ name, namespace: measured, labels: { app: name } });
const selector = (app: string) => ({ matchLabels: { app } });
const container = {
  name: 'main',
  image: 'registry.example.com/main:1',
  ports: [{ name: 'http', containerPort: 8080 }],
  resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { cpu: '1', memory: '1Gi' } },
};
const pod = (app: string, more: object = {}) => ({
  metadata: { labels: { app } },
  spec: { schedulerName: 'nobody', containers: [container], ...more },
});
const storage = { resources: { requests: { storage: '1Gi' } }, accessModes: ['ReadWriteOnce'] };
const port = { name: 'http', port: 80, targetPort: 'http' };

/** One object of every kind that kube-state-metrics and Prometheus look at, as somebody would deploy them. */
export const measuredObjects: readonly object[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: measured } },
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'measured-1', labels: { 'node-role.kubernetes.io/worker': '' } },
    spec: {
      podCIDR: '10.244.7.0/24',
      providerID: 'test://1',
      taints: [{ key: 'only', value: 'us', effect: 'NoSchedule' }],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('web'),
    spec: { replicas: 2, selector: selector('web'), template: pod('web') },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: meta('db'),
    spec: {
      serviceName: 'db',
      replicas: 2,
      podManagementPolicy: 'Parallel',
      selector: selector('db'),
      template: pod('db'),
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: storage }],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta('agent'),
    spec: { selector: selector('agent'), template: pod('agent', { tolerations: [{ operator: 'Exists' }] }) },
  },
  {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: meta('old'),
    spec: { replicas: 1, template: pod('old') },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: meta('once'),
    spec: { completions: 2, parallelism: 1, template: pod('once', { restartPolicy: 'Never' }) },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: meta('yearly'),
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: pod('yearly', { restartPolicy: 'Never' }) } } },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta('alone'),
    spec: {
      nodeName: 'measured-1',
      containers: [container, { name: 'side', image: 'side:1' }],
      initContainers: [{ name: 'first', image: 'first:1' }],
      tolerations: [{ operator: 'Exists' }],
    },
  },
  { apiVersion: 'v1', kind: 'Service', metadata: meta('web'), spec: { selector: { app: 'alone' }, ports: [port] } },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: meta('web'),
    spec: {
      tls: [{ hosts: ['web.example.com'], secretName: 'keys' }],
      rules: [
        {
          host: 'web.example.com',
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { name: 'http' } } } }],
          },
        },
      ],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: meta('web'),
    spec: { podSelector: selector('web'), ingress: [{ ports: [{ port: 80 }] }] },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: meta('web'),
    spec: {
      minReplicas: 2,
      maxReplicas: 5,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: meta('web'),
    spec: { minAvailable: 1, selector: selector('web') },
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: meta('all'),
    spec: { hard: { pods: '50', 'limits.cpu': '40' } },
  },
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: meta('all'),
    spec: { limits: [{ type: 'Container', max: { memory: '2Gi' } }] },
  },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('settings'), data: { a: 'b' } },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: meta('turn'),
    spec: { holderIdentity: 'one', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.500000Z' },
  },
  { apiVersion: 'v1', kind: 'Secret', metadata: meta('keys'), stringData: { a: 'b' } },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'measured' },
    provisioner: 'example.com/none',
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'measured' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'measured',
      hostPath: { path: '/nowhere' },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: meta('claim'),
    spec: { ...storage, storageClassName: 'measured' },
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: 'measured' },
    spec: { attacher: 'example.com', nodeName: 'measured-1', source: { persistentVolumeName: 'measured' } },
  },
];

const since = '2026-01-01T00:00:00Z';
const ended = { exitCode: 137, reason: 'OOMKilled', startedAt: since, finishedAt: since };

/** What an agent says of the pod `alone`: one container runs again, one cannot start. */
export const statusOfPod = {
  status: {
    phase: 'Running',
    hostIP: '10.244.7.1',
    podIP: '10.244.7.9',
    podIPs: [{ ip: '10.244.7.9' }],
    startTime: since,
    qosClass: 'Burstable',
    conditions: [
      { type: 'Initialized', status: 'True', lastTransitionTime: since },
      { type: 'Ready', status: 'False', lastTransitionTime: since, reason: 'ContainersNotReady' },
      { type: 'ContainersReady', status: 'False', lastTransitionTime: since, reason: 'ContainersNotReady' },
      { type: 'PodScheduled', status: 'True', lastTransitionTime: since },
    ],
    initContainerStatuses: [
      {
        name: 'first',
        image: 'first:1',
        imageID: 'sha256:1',
        containerID: 'docker://1',
        ready: true,
        restartCount: 0,
        state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: since, finishedAt: since } },
      },
    ],
    containerStatuses: [
      {
        name: 'main',
        image: container.image,
        imageID: 'sha256:2',
        containerID: 'docker://2',
        ready: true,
        started: true,
        restartCount: 3,
        state: { running: { startedAt: since } },
        lastState: { terminated: ended },
      },
      {
        name: 'side',
        image: 'side:1',
        imageID: '',
        ready: false,
        started: false,
        restartCount: 0,
        state: { waiting: { reason: 'ImagePullBackOff' } },
      },
    ],
  },
};

/** What an agent says of the node `measured-1`. */
export const statusOfNode = {
  status: {
    capacity: { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '20Gi', 'example.com/gpu': '2' },
    allocatable: { cpu: '3800m', memory: '7Gi', pods: '110', 'ephemeral-storage': '18Gi', 'example.com/gpu': '2' },
    addresses: [
      { type: 'InternalIP', address: '10.244.7.1' },
      { type: 'Hostname', address: 'measured-1' },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    conditions: [
      { type: 'Ready', status: 'True', reason: 'AgentReady', lastHeartbeatTime: since, lastTransitionTime: since },
      { type: 'DiskPressure', status: 'Unknown', lastHeartbeatTime: since, lastTransitionTime: since },
    ],
    nodeInfo: {
      machineID: 'm',
      systemUUID: 's',
      bootID: 'b',
      kernelVersion: '6.1',
      osImage: 'Debian 12',
      containerRuntimeVersion: 'docker://20.10',
      kubeletVersion: 'v1.36.0',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  },
};
