/** What the benchmark stores. Bodies are JSON as a client sends them. */

const digest = (n: number) => n.toString(16).padStart(8, '0').repeat(8);

/** A pod as charts write them: stored, with its defaults, it is about 2.1 KB. `nodeName` binds it from the start. */
export function podBody(name: string, index: number, nodeName?: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: {
        'app.kubernetes.io/name': 'bench',
        'app.kubernetes.io/instance': `bench-${index % 10}`,
        'app.kubernetes.io/managed-by': 'Helm',
        'pod-template-hash': '6d4cf56db6',
      },
      annotations: { 'checksum/config': digest(index % 10) },
    },
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      containers: [
        {
          name: 'main',
          image: 'registry.example/platform/bench:1.24.3',
          args: ['--listen=:8080', '--config=/etc/bench/config.yaml'],
          env: [
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'LOG_LEVEL', value: 'info' },
          ],
          ports: [{ name: 'http', containerPort: 8080 }],
          resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '128Mi' } },
          livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 },
          volumeMounts: [{ name: 'config', mountPath: '/etc/bench' }],
        },
      ],
      volumes: [{ name: 'config', emptyDir: {} }],
    },
  });
}

/** A node as its agent registers it. */
export function nodeBody(name: string, index: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': 'vigil-docker',
        'topology.kubernetes.io/region': 'region-1',
        'topology.kubernetes.io/zone': `zone-${index % 3}`,
      },
    },
    spec: { podCIDR: `10.${100 + (index >> 8)}.${index & 255}.0/24` },
  });
}

const conditions = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
] as const;

/** A node's status with the 20 images that a busy node has. Its agent's address is a loopback address of its own, where nobody listens. */
export function nodeStatusBody(name: string, index: number, time: string): string {
  const amounts = { cpu: '16', memory: '65536000Ki', pods: '110', 'ephemeral-storage': '103079844Ki' };
  return JSON.stringify({
    status: {
      capacity: amounts,
      allocatable: amounts,
      addresses: [
        { type: 'InternalIP', address: `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}` },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: digest(index).slice(0, 32),
        systemUUID: digest(index).slice(0, 36),
        bootID: digest(index).slice(0, 36),
        kernelVersion: '6.1.0-18-amd64',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        containerRuntimeVersion: 'docker://20.10.24',
        kubeletVersion: 'v1.36.0',
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
      conditions: conditions.map(([type, status, reason, message]) => ({
        type,
        status,
        reason,
        message,
        lastHeartbeatTime: time,
        lastTransitionTime: time,
      })),
      images: Array.from({ length: 20 }, (_, n) => ({
        names: [`registry.example/team/image-${n}@sha256:${digest(n)}`, `registry.example/team/image-${n}:1.${n}.0`],
        sizeBytes: 40_000_000 + n,
      })),
    },
  });
}

/** What a pod's agent says of it when it runs. */
export function runningStatusBody(index: number, time: string): string {
  return JSON.stringify({
    status: {
      phase: 'Running',
      podIP: `10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
      startTime: time,
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
        type,
        status: 'True',
        lastTransitionTime: time,
      })),
      containerStatuses: [
        {
          name: 'main',
          ready: true,
          started: true,
          restartCount: 0,
          image: 'registry.example/platform/bench:1.24.3',
          imageID: `sha256:${digest(7)}`,
          containerID: `docker://${digest(index)}`,
          state: { running: { startedAt: time } },
        },
      ],
    },
  });
}

/** The body with which an agent renews its lease, or makes it. */
export function leaseBody(node: string, time: string, durationSeconds: number): string {
  return JSON.stringify({
    metadata: { name: node, namespace: 'kube-node-lease' },
    spec: { holderIdentity: node, leaseDurationSeconds: durationSeconds, renewTime: time },
  });
}
