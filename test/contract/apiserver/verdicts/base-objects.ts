import { core, group, labels, meta, namespaced, type BaseObject } from './base-object.ts';

const probe = {
  httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP', httpHeaders: [{ name: 'X-Probe', value: 'yes' }] },
  initialDelaySeconds: 1,
  timeoutSeconds: 2,
  periodSeconds: 3,
  successThreshold: 1,
  failureThreshold: 4,
};

const container = {
  name: 'main',
  image: 'registry.example/web:1',
  command: ['serve'],
  args: ['--port=8080'],
  workingDir: '/srv',
  imagePullPolicy: 'IfNotPresent',
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: [
    { name: 'A', value: 'b' },
    { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
    { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'one', optional: true } } },
  ],
  envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }],
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
  volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'web', readOnly: false }],
  livenessProbe: probe,
  readinessProbe: { ...probe, httpGet: undefined, exec: { command: ['true'] } },
  startupProbe: { tcpSocket: { port: 'http' }, failureThreshold: 30 },
  lifecycle: { preStop: { exec: { command: ['sleep', '1'] } } },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  securityContext: {
    runAsUser: 1000,
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

const podSpec = {
  containers: [container],
  initContainers: [{ name: 'init', image: 'registry.example/init:1', restartPolicy: 'Always' }],
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 20,
  activeDeadlineSeconds: 600,
  dnsPolicy: 'ClusterFirst',
  dnsConfig: { nameservers: ['10.0.0.1'], searches: ['example.com'], options: [{ name: 'ndots', value: '2' }] },
  nodeSelector: { disk: 'ssd' },
  serviceAccountName: 'default',
  automountServiceAccountToken: false,
  hostAliases: [{ ip: '10.0.0.2', hostnames: ['other'] }],
  hostname: 'web-1',
  subdomain: 'web',
  securityContext: { fsGroup: 1000, supplementalGroups: [5], fsGroupChangePolicy: 'OnRootMismatch' },
  imagePullSecrets: [{ name: 'registry' }],
  schedulerName: 'default-scheduler',
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'web', effect: 'NoExecute', tolerationSeconds: 30 }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
      },
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 5, preference: { matchExpressions: [{ key: 'zone', operator: 'Exists' }] } },
      ],
    },
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' },
      ],
    },
  },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } },
  ],
  volumes: [
    { name: 'data', emptyDir: { sizeLimit: '1Gi', medium: 'Memory' } },
    {
      name: 'settings',
      configMap: { name: 'settings', defaultMode: 420, items: [{ key: 'a', path: 'a/b', mode: 256 }] },
    },
    { name: 'host', hostPath: { path: '/var/log', type: 'Directory' } },
    { name: 'claim', persistentVolumeClaim: { claimName: 'data' } },
    {
      name: 'all',
      projected: {
        sources: [
          { secret: { name: 'keys', items: [{ key: 'one', path: 'one' }] } },
          { serviceAccountToken: { path: 'token', expirationSeconds: 3600, audience: 'api' } },
          { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        ],
      },
    },
  ],
};

const smallTemplate = (restartPolicy: string) => ({
  metadata: { labels },
  spec: { restartPolicy, containers: [{ name: 'main', image: 'registry.example/job:1' }] },
});
const selector = { matchLabels: labels };

const claimSpec = {
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  storageClassName: 'fast',
  volumeMode: 'Filesystem',
  selector: { matchLabels: { disk: 'ssd' } },
};

const webhook = {
  name: 'check.example.com',
  clientConfig: { url: 'https://hooks.example.com/check' },
  rules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'], scope: '*' }],
  failurePolicy: 'Fail',
  matchPolicy: 'Equivalent',
  sideEffects: 'None',
  timeoutSeconds: 5,
  admissionReviewVersions: ['v1'],
  namespaceSelector: selector,
  matchConditions: [{ name: 'named', expression: 'object.metadata.name != "x"' }],
};

const matchConstraints = {
  resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }],
  matchPolicy: 'Equivalent',
};

export const baseObjects: Readonly<Record<string, BaseObject>> = {
  Namespace: { path: '/api/v1/namespaces', object: { metadata: { name: 'verdict', labels } } },
  ConfigMap: {
    path: `${core}/configmaps`,
    object: { metadata: meta('verdict'), data: { 'a.conf': 'x' }, binaryData: { b: 'AAEC' }, immutable: false },
  },
  Secret: {
    path: `${core}/secrets`,
    object: { metadata: meta('verdict'), type: 'Opaque', data: { key: 'AAEC' }, stringData: { other: 'text' } },
  },
  TlsSecret: {
    path: `${core}/secrets`,
    object: {
      metadata: meta('verdict-tls'),
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': 'AAEC', 'tls.key': 'AAEC' },
    },
  },
  ServiceAccount: {
    path: `${core}/serviceaccounts`,
    needs: [{ path: `${core}/secrets`, object: { metadata: { name: 'verdict-bound' } } }],
    object: {
      metadata: meta('verdict'),
      secrets: [{ name: 'a' }],
      imagePullSecrets: [{ name: 'b' }],
      automountServiceAccountToken: true,
    },
  },
  Pod: { path: `${core}/pods`, object: { metadata: meta('verdict'), spec: podSpec } },
  PodTemplate: {
    path: `${core}/podtemplates`,
    object: { metadata: meta('verdict'), template: smallTemplate('Always') },
  },
  ReplicationController: {
    path: `${core}/replicationcontrollers`,
    object: {
      metadata: meta('verdict'),
      spec: { replicas: 1, minReadySeconds: 1, selector: labels, template: smallTemplate('Always') },
    },
  },
  Service: {
    path: `${core}/services`,
    object: {
      metadata: meta('verdict'),
      spec: {
        type: 'NodePort',
        selector: labels,
        ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP', appProtocol: 'http', nodePort: 30123 }],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 100 } },
        externalTrafficPolicy: 'Local',
        internalTrafficPolicy: 'Cluster',
        externalIPs: ['192.0.2.1'],
        ipFamilyPolicy: 'SingleStack',
        ipFamilies: ['IPv4'],
        publishNotReadyAddresses: false,
      },
    },
  },
  HeadlessService: {
    path: `${core}/services`,
    object: {
      metadata: meta('verdict-headless'),
      spec: { type: 'ClusterIP', clusterIP: 'None', selector: labels, ports: [{ port: 80 }] },
    },
  },
  ExternalService: {
    path: `${core}/services`,
    object: { metadata: meta('verdict-external'), spec: { type: 'ExternalName', externalName: 'db.example.com' } },
  },
  LoadBalancerService: {
    path: `${core}/services`,
    object: {
      metadata: meta('verdict-balancer'),
      spec: {
        type: 'LoadBalancer',
        selector: labels,
        ports: [{ port: 80 }],
        loadBalancerClass: 'example.com/lb',
        loadBalancerSourceRanges: ['10.0.0.0/8'],
        allocateLoadBalancerNodePorts: true,
        healthCheckNodePort: 30999,
        externalTrafficPolicy: 'Local',
      },
    },
  },
  Endpoints: {
    path: `${core}/endpoints`,
    object: {
      metadata: meta('verdict'),
      subsets: [
        { addresses: [{ ip: '10.1.2.3', hostname: 'a' }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
      ],
    },
  },
  LimitRange: {
    path: `${core}/limitranges`,
    object: {
      metadata: meta('verdict'),
      spec: {
        limits: [
          {
            type: 'Container',
            max: { cpu: '2' },
            min: { cpu: '10m' },
            default: { cpu: '1' },
            defaultRequest: { cpu: '100m' },
            maxLimitRequestRatio: { cpu: '20' },
          },
        ],
      },
    },
  },
  ResourceQuota: {
    path: `${core}/resourcequotas`,
    object: {
      metadata: meta('verdict'),
      spec: {
        hard: { pods: '10', 'requests.cpu': '4' },
        scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] },
      },
    },
  },
  PersistentVolumeClaim: {
    path: `${core}/persistentvolumeclaims`,
    object: { metadata: meta('verdict'), spec: claimSpec },
  },
  PersistentVolume: {
    path: '/api/v1/persistentvolumes',
    object: {
      metadata: meta('verdict'),
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'fast',
        volumeMode: 'Filesystem',
        mountOptions: ['ro'],
        hostPath: { path: '/data', type: '' },
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'host', operator: 'In', values: ['a'] }] }] },
        },
      },
    },
  },
  Node: {
    path: '/api/v1/nodes',
    object: {
      metadata: meta('verdict'),
      spec: {
        podCIDR: '10.5.0.0/24',
        podCIDRs: ['10.5.0.0/24'],
        providerID: 'vigil://verdict',
        unschedulable: false,
        taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }],
      },
    },
  },
  Event: {
    path: `${core}/events`,
    object: {
      metadata: meta('verdict'),
      involvedObject: { kind: 'Pod', name: 'x', namespace: 'default', apiVersion: 'v1' },
      reason: 'Tested',
      message: 'a message',
      type: 'Normal',
      count: 1,
      source: { component: 'test' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
    },
  },
  Deployment: {
    path: `${namespaced('apps')}/deployments`,
    object: {
      metadata: meta('verdict'),
      spec: {
        replicas: 2,
        selector,
        template: smallTemplate('Always'),
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
        minReadySeconds: 1,
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: 60,
        paused: false,
      },
    },
  },
  ReplicaSet: {
    path: `${namespaced('apps')}/replicasets`,
    object: {
      metadata: meta('verdict'),
      spec: { replicas: 1, minReadySeconds: 1, selector, template: smallTemplate('Always') },
    },
  },
  StatefulSet: {
    path: `${namespaced('apps')}/statefulsets`,
    object: {
      metadata: meta('verdict'),
      spec: {
        replicas: 1,
        serviceName: 'web',
        selector,
        template: smallTemplate('Always'),
        podManagementPolicy: 'OrderedReady',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1, maxUnavailable: 1 } },
        revisionHistoryLimit: 5,
        minReadySeconds: 1,
        ordinals: { start: 1 },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimSpec }],
      },
    },
  },
  DaemonSet: {
    path: `${namespaced('apps')}/daemonsets`,
    object: {
      metadata: meta('verdict'),
      spec: {
        selector,
        template: smallTemplate('Always'),
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        minReadySeconds: 1,
        revisionHistoryLimit: 5,
      },
    },
  },
  ControllerRevision: {
    path: `${namespaced('apps')}/controllerrevisions`,
    object: { metadata: meta('verdict'), data: { a: 1 }, revision: 1 },
  },
  Job: {
    path: `${namespaced('batch')}/jobs`,
    object: {
      metadata: meta('verdict'),
      spec: {
        parallelism: 2,
        completions: 4,
        completionMode: 'Indexed',
        backoffLimitPerIndex: 1,
        maxFailedIndexes: 2,
        activeDeadlineSeconds: 100,
        ttlSecondsAfterFinished: 10,
        suspend: false,
        podReplacementPolicy: 'Failed',
        podFailurePolicy: {
          rules: [
            { action: 'FailJob', onExitCodes: { containerName: 'main', operator: 'In', values: [42] } },
            { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          ],
        },
        successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] },
        template: smallTemplate('Never'),
      },
    },
  },
  /** Vigil's own controllers leave it to somebody else. */
  ForeignJob: {
    path: `${namespaced('batch')}/jobs`,
    object: {
      metadata: meta('verdict-foreign'),
      spec: {
        managedBy: 'example.com/jobs',
        parallelism: 2,
        completions: 4,
        completionMode: 'Indexed',
        backoffLimitPerIndex: 1,
        manualSelector: true,
        selector,
        template: smallTemplate('Never'),
      },
    },
  },
  CronJob: {
    path: `${namespaced('batch')}/cronjobs`,
    object: {
      metadata: meta('verdict'),
      spec: {
        schedule: '*/5 * * * *',
        timeZone: 'Europe/Berlin',
        startingDeadlineSeconds: 60,
        concurrencyPolicy: 'Forbid',
        suspend: true,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 2,
        jobTemplate: { metadata: { labels }, spec: { backoffLimit: 2, template: smallTemplate('OnFailure') } },
      },
    },
  },
  HorizontalPodAutoscaler: {
    path: `${namespaced('autoscaling', 'v2')}/horizontalpodautoscalers`,
    object: {
      metadata: meta('verdict'),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 5,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
          { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '10' } } },
        ],
        behavior: {
          scaleDown: {
            stabilizationWindowSeconds: 60,
            selectPolicy: 'Max',
            policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }],
          },
        },
      },
    },
  },
  HorizontalPodAutoscalerV1: {
    path: `${namespaced('autoscaling')}/horizontalpodautoscalers`,
    object: {
      metadata: meta('verdict-one'),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 5,
        targetCPUUtilizationPercentage: 60,
      },
    },
  },
  PodDisruptionBudget: {
    path: `${namespaced('policy')}/poddisruptionbudgets`,
    object: {
      metadata: meta('verdict'),
      spec: { minAvailable: '50%', selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    },
  },
  Ingress: {
    path: `${namespaced('networking.k8s.io')}/ingresses`,
    object: {
      metadata: meta('verdict'),
      spec: {
        ingressClassName: 'nginx',
        defaultBackend: { service: { name: 'web', port: { number: 80 } } },
        tls: [{ hosts: ['web.example.com'], secretName: 'web-tls' }],
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
  },
  IngressClass: {
    path: `${group('networking.k8s.io')}/ingressclasses`,
    object: {
      metadata: meta('verdict'),
      spec: {
        controller: 'example.com/ingress',
        parameters: {
          apiGroup: 'example.com',
          kind: 'Parameters',
          name: 'x',
          scope: 'Namespace',
          namespace: 'default',
        },
      },
    },
  },
  NetworkPolicy: {
    path: `${namespaced('networking.k8s.io')}/networkpolicies`,
    object: {
      metadata: meta('verdict'),
      spec: {
        podSelector: selector,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [{ podSelector: selector, namespaceSelector: selector }],
            ports: [{ protocol: 'TCP', port: 80, endPort: 90 }],
          },
        ],
        egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }],
      },
    },
  },
  EndpointSlice: {
    path: `${namespaced('discovery.k8s.io')}/endpointslices`,
    object: {
      metadata: meta('verdict'),
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.1.2.3'],
          conditions: { ready: true },
          hostname: 'a',
          zone: 'z',
          hints: { forZones: [{ name: 'z' }] },
        },
      ],
      ports: [{ name: 'http', port: 80, protocol: 'TCP', appProtocol: 'http' }],
    },
  },
  StorageClass: {
    path: `${group('storage.k8s.io')}/storageclasses`,
    object: {
      metadata: meta('verdict'),
      provisioner: 'example.com/disk',
      parameters: { type: 'fast' },
      reclaimPolicy: 'Retain',
      allowVolumeExpansion: true,
      mountOptions: ['ro'],
      volumeBindingMode: 'WaitForFirstConsumer',
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a'] }] }],
    },
  },
  CSIDriver: {
    path: `${group('storage.k8s.io')}/csidrivers`,
    object: {
      metadata: meta('disk.example.com'),
      spec: {
        attachRequired: true,
        podInfoOnMount: true,
        fsGroupPolicy: 'File',
        volumeLifecycleModes: ['Persistent'],
        tokenRequests: [{ audience: 'a', expirationSeconds: 3600 }],
        storageCapacity: true,
        requiresRepublish: true,
        seLinuxMount: true,
      },
    },
  },
  CSINode: {
    path: `${group('storage.k8s.io')}/csinodes`,
    object: {
      metadata: meta('verdict'),
      spec: {
        drivers: [{ name: 'disk.example.com', nodeID: 'n', topologyKeys: ['zone'], allocatable: { count: 3 } }],
      },
    },
  },
  CSIStorageCapacity: {
    path: `${namespaced('storage.k8s.io')}/csistoragecapacities`,
    object: {
      metadata: meta('verdict'),
      storageClassName: 'fast',
      capacity: '1Gi',
      maximumVolumeSize: '1Gi',
      nodeTopology: selector,
    },
  },
  VolumeAttachment: {
    path: `${group('storage.k8s.io')}/volumeattachments`,
    object: {
      metadata: meta('verdict'),
      spec: { attacher: 'disk.example.com', nodeName: 'n', source: { persistentVolumeName: 'pv' } },
    },
  },
  PriorityClass: {
    path: `${group('scheduling.k8s.io')}/priorityclasses`,
    object: {
      metadata: meta('verdict'),
      value: 1000,
      globalDefault: false,
      description: 'd',
      preemptionPolicy: 'Never',
    },
  },
  RuntimeClass: {
    path: `${group('node.k8s.io')}/runtimeclasses`,
    object: {
      metadata: meta('verdict'),
      handler: 'runsc',
      overhead: { podFixed: { cpu: '10m' } },
      scheduling: { nodeSelector: { a: 'b' }, tolerations: [{ key: 'a', operator: 'Exists' }] },
    },
  },
  Lease: {
    path: `${namespaced('coordination.k8s.io')}/leases`,
    object: {
      metadata: meta('verdict'),
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 10,
        acquireTime: '2026-01-01T00:00:00.000000Z',
        renewTime: '2026-01-01T00:00:00.000000Z',
        leaseTransitions: 1,
      },
    },
  },
  Role: {
    path: `${namespaced('rbac.authorization.k8s.io')}/roles`,
    object: {
      metadata: meta('verdict'),
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['a'] }],
    },
  },
  ClusterRole: {
    path: `${group('rbac.authorization.k8s.io')}/clusterroles`,
    object: {
      metadata: meta('verdict'),
      rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
      aggregationRule: { clusterRoleSelectors: [selector] },
    },
  },
  RoleBinding: {
    path: `${namespaced('rbac.authorization.k8s.io')}/rolebindings`,
    object: {
      metadata: meta('verdict'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'verdict' },
      subjects: [
        { kind: 'ServiceAccount', name: 'default', namespace: 'default' },
        { kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' },
      ],
    },
  },
  ClusterRoleBinding: {
    path: `${group('rbac.authorization.k8s.io')}/clusterrolebindings`,
    object: {
      metadata: meta('verdict'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'Group', name: 'g', apiGroup: 'rbac.authorization.k8s.io' }],
    },
  },
  MutatingWebhookConfiguration: {
    path: `${group('admissionregistration.k8s.io')}/mutatingwebhookconfigurations`,
    object: { metadata: meta('verdict'), webhooks: [{ ...webhook, reinvocationPolicy: 'IfNeeded' }] },
  },
  ValidatingWebhookConfiguration: {
    path: `${group('admissionregistration.k8s.io')}/validatingwebhookconfigurations`,
    object: {
      metadata: meta('verdict'),
      webhooks: [
        { ...webhook, clientConfig: { service: { name: 'hook', namespace: 'default', path: '/check', port: 8443 } } },
      ],
    },
  },
  ValidatingAdmissionPolicy: {
    path: `${group('admissionregistration.k8s.io')}/validatingadmissionpolicies`,
    object: {
      metadata: meta('verdict'),
      spec: {
        failurePolicy: 'Fail',
        matchConstraints,
        matchConditions: [{ name: 'named', expression: 'object.metadata.name != "x"' }],
        variables: [{ name: 'wanted', expression: 'object.spec.replicas' }],
        validations: [{ expression: 'variables.wanted < 5', message: 'too many', reason: 'Invalid' }],
        auditAnnotations: [{ key: 'wanted', valueExpression: 'string(variables.wanted)' }],
      },
    },
  },
  ValidatingAdmissionPolicyBinding: {
    path: `${group('admissionregistration.k8s.io')}/validatingadmissionpolicybindings`,
    object: {
      metadata: meta('verdict'),
      spec: { policyName: 'verdict', validationActions: ['Deny'], matchResources: { namespaceSelector: selector } },
    },
  },
  CustomResourceDefinition: {
    path: `${group('apiextensions.k8s.io')}/customresourcedefinitions`,
    object: {
      metadata: { name: 'widgets.verdict.example.com' },
      spec: {
        group: 'verdict.example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['wd'] },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: {
                    type: 'object',
                    properties: {
                      size: { type: 'integer', minimum: 1, default: 1 },
                      tags: { type: 'array', items: { type: 'string' } },
                    },
                  },
                },
              },
            },
            subresources: { scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' }, status: {} },
            additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size', priority: 0 }],
            selectableFields: [{ jsonPath: '.spec.size' }],
          },
        ],
        conversion: { strategy: 'None' },
      },
    },
  },
  APIService: {
    path: `${group('apiregistration.k8s.io')}/apiservices`,
    object: {
      metadata: { name: 'v1.verdict.example.org' },
      spec: {
        group: 'verdict.example.org',
        version: 'v1',
        service: { name: 'api', namespace: 'default', port: 443 },
        groupPriorityMinimum: 1000,
        versionPriority: 15,
        insecureSkipTLSVerify: true,
      },
    },
  },
  FlowSchema: {
    path: `${group('flowcontrol.apiserver.k8s.io')}/flowschemas`,
    object: {
      metadata: meta('verdict'),
      spec: {
        priorityLevelConfiguration: { name: 'workload-low' },
        matchingPrecedence: 500,
        distinguisherMethod: { type: 'ByUser' },
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'u' } }],
            resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['default'] }],
            nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }],
          },
        ],
      },
    },
  },
  PriorityLevelConfiguration: {
    path: `${group('flowcontrol.apiserver.k8s.io')}/prioritylevelconfigurations`,
    object: {
      metadata: meta('verdict'),
      spec: {
        type: 'Limited',
        limited: {
          nominalConcurrencyShares: 10,
          lendablePercent: 50,
          borrowingLimitPercent: 100,
          limitResponse: { type: 'Queue', queuing: { queues: 16, handSize: 4, queueLengthLimit: 50 } },
        },
      },
    },
  },
  ServiceCIDR: {
    path: `${group('networking.k8s.io')}/servicecidrs`,
    object: { metadata: meta('verdict'), spec: { cidrs: ['10.97.0.0/16'] } },
  },
};
