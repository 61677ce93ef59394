import { describe, expect, it } from 'vitest';
import type * as t from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { configMapStrategy } from './config-map.ts';
import { deploymentStrategy } from './deployment.ts';
import { endpointSliceStrategy } from './endpoint-slice.ts';
import { eventStrategy } from './event.ts';
import { horizontalPodAutoscalerStrategy } from './horizontal-pod-autoscaler.ts';
import { namespaceStrategy } from './namespace.ts';
import { nodeStrategy } from './node.ts';
import { podStrategy } from './pod.ts';
import { roleBindingStrategy } from './role-binding.ts';
import { clusterRoleStrategy, roleStrategy } from './role.ts';
import { secretStrategy } from './secret.ts';
import { serviceStrategy } from './service.ts';

/** What an object looks like once it is on its way into the store. */
function defaulted<T extends t.KubeObject>(strategy: Strategy<T>, object: unknown): T {
  const copy = structuredClone(object) as T;
  strategy.prepareForCreate?.(copy);
  strategy.default?.(copy);
  return copy;
}

/** `field: message` of everything wrong with an object after defaulting. */
function problems<T extends t.KubeObject>(strategy: Strategy<T>, object: unknown): readonly string[] {
  return (strategy.validate?.(defaulted(strategy, object)) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

function updateProblems<T extends t.KubeObject>(
  strategy: Strategy<T>,
  old: unknown,
  object: unknown,
): readonly string[] {
  const before = defaulted(strategy, old);
  const after = structuredClone(object) as T;
  strategy.prepareForUpdate?.(after, before);
  strategy.default?.(after);
  return (strategy.validateUpdate?.(after, before) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

const pod = (spec: object = {}, container: object = {}) => ({
  metadata: { name: 'a', namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'busybox:1', ...container }], ...spec },
});

const deployment = (spec: object = {}) => ({
  metadata: { name: 'a', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'busybox' }] } },
    ...spec,
  },
});

const service = (spec: object = {}) => ({
  metadata: { name: 'a', namespace: 'default' },
  spec: { ports: [{ port: 80 }], ...spec },
});

describe('defaults', () => {
  it('fill in a pod as upstream does', () => {
    const made = defaulted(podStrategy, {
      metadata: { name: 'a' },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'nginx',
            ports: [{ containerPort: 80 }],
            livenessProbe: { httpGet: { port: 80 } },
            resources: { limits: { cpu: '0.2', memory: '64Mi' } },
            env: [{ name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          },
        ],
        volumes: [{ name: 'e' }, { name: 'c', configMap: { name: 'x' } }],
      },
    });
    expect(made).toEqual({
      metadata: { name: 'a' },
      spec: {
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        terminationGracePeriodSeconds: 30,
        securityContext: {},
        schedulerName: 'default-scheduler',
        enableServiceLinks: true,
        containers: [
          {
            name: 'c',
            image: 'nginx',
            imagePullPolicy: 'Always',
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            livenessProbe: {
              httpGet: { port: 80, path: '/', scheme: 'HTTP' },
              timeoutSeconds: 1,
              periodSeconds: 10,
              successThreshold: 1,
              failureThreshold: 3,
            },
            resources: { limits: { cpu: '200m', memory: '64Mi' }, requests: { cpu: '200m', memory: '64Mi' } },
            env: [{ name: 'N', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
          },
        ],
        volumes: [
          { name: 'e', emptyDir: {} },
          { name: 'c', configMap: { name: 'x', defaultMode: 420 } },
        ],
      },
      status: { phase: 'Pending', qosClass: 'Guaranteed' },
    });
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['registry:5000/nginx', 'Always'],
    ['nginx:1.2', 'IfNotPresent'],
    ['nginx@sha256:0123', 'IfNotPresent'],
  ])('pull image %s %s', (image, policy) => {
    expect(defaulted(podStrategy, pod({}, { image })).spec?.containers[0]?.imagePullPolicy).toBe(policy);
  });

  it.each([
    [undefined, 'BestEffort'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
    [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }, 'Burstable'],
  ])('put a pod with resources %j into class %s', (resources, qosClass) => {
    expect(defaulted(podStrategy, pod({}, { resources })).status?.qosClass).toBe(qosClass);
  });

  it('fill in a deployment, whose template gets no pod-only fields', () => {
    const made = defaulted(deploymentStrategy, deployment());
    expect(made.spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: { spec: { restartPolicy: 'Always', schedulerName: 'default-scheduler' } },
    });
    expect(made.spec?.template.spec).not.toHaveProperty('enableServiceLinks');
  });

  it('fill in a service', () => {
    expect(defaulted(serviceStrategy, service()).spec).toEqual({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
  });

  it('encode stringData of a secret over its data', () => {
    expect(defaulted(secretStrategy, { data: { a: 'eA==', b: 'eQ==' }, stringData: { a: 'z' } })).toEqual({
      type: 'Opaque',
      data: { a: 'eg==', b: 'eQ==' },
    });
  });

  it('label a namespace with its name and hold it until it is empty', () => {
    expect(defaulted(namespaceStrategy, { metadata: { name: 'x' } })).toEqual({
      metadata: { name: 'x', labels: { 'kubernetes.io/metadata.name': 'x' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  it('scale on 80 % of cpu where no metric is named', () => {
    const made = defaulted(horizontalPodAutoscalerStrategy, {
      spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'a' } },
    });
    expect(made.spec?.minReplicas).toBe(1);
    expect(made.spec?.metrics?.[0]?.resource?.target.averageUtilization).toBe(80);
  });

  it.each([podStrategy, deploymentStrategy, serviceStrategy, secretStrategy, horizontalPodAutoscalerStrategy])(
    'are the same when applied twice',
    (strategy) => {
      const kind = strategy as Strategy;
      for (const object of [pod(), deployment(), service()]) {
        const once = defaulted(kind, object);
        const twice = structuredClone(once);
        kind.default?.(twice);
        expect(twice).toEqual(once);
      }
    },
  );
});

const label63 =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

describe('validation of pods', () => {
  it.each<[string, unknown, string]>([
    ['no containers', { spec: { containers: [] } }, 'spec.containers: Required value'],
    ['no spec', {}, 'spec.containers: Required value'],
    ['a bad container name', pod({}, { name: 'C_1' }), `spec.containers[0].name: Invalid value: "C_1": ${label63}`],
    ['no image', pod({}, { image: '' }), 'spec.containers[0].image: Required value'],
    [
      'a pull policy',
      pod({}, { imagePullPolicy: 'Maybe' }),
      'spec.containers[0].imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", "IfNotPresent", "Never"',
    ],
    [
      'a restart policy',
      pod({ restartPolicy: 'Sometimes' }),
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
    [
      'a port out of range',
      pod({}, { ports: [{ containerPort: 70000 }] }),
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      'a protocol',
      pod({}, { ports: [{ containerPort: 1, protocol: 'ICMP' }] }),
      'spec.containers[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      'a mount of nothing',
      pod({}, { volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      'two containers of one name',
      pod({
        containers: [
          { name: 'a', image: 'i' },
          { name: 'a', image: 'i' },
        ],
      }),
      'spec.containers[1].name: Duplicate value: "a"',
    ],
    [
      'two volumes of one name',
      pod({ volumes: [{ name: 'v' }, { name: 'v' }] }),
      'spec.volumes[1].name: Duplicate value: "v"',
    ],
    [
      'two sources of a volume',
      pod({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] }),
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
    ],
    [
      'a probe without a handler',
      pod({}, { livenessProbe: {} }),
      'spec.containers[0].livenessProbe: Required value: must specify a handler type',
    ],
    [
      'a probe with two handlers',
      pod({}, { readinessProbe: { exec: { command: ['x'] }, tcpSocket: { port: 1 } } }),
      'spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type',
    ],
    [
      'a liveness probe that must succeed twice',
      pod({}, { livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } }),
      'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
    ],
    [
      'a negative period',
      pod({}, { readinessProbe: { tcpSocket: { port: 1 }, periodSeconds: -1 } }),
      'spec.containers[0].readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'a grace period on a readiness probe',
      pod({}, { readinessProbe: { tcpSocket: { port: 1 }, terminationGracePeriodSeconds: 1 } }),
      'spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes',
    ],
    [
      'requests above limits',
      pod({}, { resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }),
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      'a negative amount',
      pod({}, { resources: { limits: { memory: '-1' } } }),
      'spec.containers[0].resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    [
      'an unknown resource',
      pod({}, { resources: { limits: { tea: '1' } } }),
      'spec.containers[0].resources.limits[tea]: Invalid value: "tea": must be a standard resource for containers',
    ],
    [
      'an unknown field reference',
      pod({}, { env: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'spec.foo' } } }] }),
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "spec.foo": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
    ],
    [
      'a value and a source',
      pod({}, { env: [{ name: 'a', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      'a probe on an init container',
      pod({ initContainers: [{ name: 'i', image: 'i', livenessProbe: { tcpSocket: { port: 1 } } }] }),
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
    [
      'seconds on the wrong toleration',
      pod({ tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 1 }] }),
      'spec.tolerations[0].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
    [
      'a weight',
      pod({
        affinity: {
          nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, preference: {} }] },
        },
      }),
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100',
    ],
    [
      'dns by hand without servers',
      pod({ dnsPolicy: 'None' }),
      'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
    ],
    [
      'a sub-path that leaves its volume',
      pod({ volumes: [{ name: 'v' }] }, { volumeMounts: [{ name: 'v', mountPath: '/v', subPath: '../x' }] }),
      'spec.containers[0].volumeMounts[0].subPath: Invalid value: "../x": must not contain \'..\'',
    ],
    [
      'a user below 0',
      pod({}, { securityContext: { runAsUser: -1 } }),
      'spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ],
  ])('refuses %s', (_name, object, expected) => {
    expect(problems(podStrategy, object)).toContain(expected);
  });

  it('accepts an ordinary pod', () => {
    expect(
      problems(
        podStrategy,
        pod(
          { volumes: [{ name: 'v' }], tolerations: [{ operator: 'Exists' }], nodeSelector: { a: 'b' } },
          {
            volumeMounts: [{ name: 'v', mountPath: '/v' }],
            env: [
              { name: 'A', value: 'x' },
              { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            ],
            startupProbe: { grpc: { port: 9000 } },
            resources: { limits: { cpu: '200m', 'example.com/gpu': '1' } },
          },
        ),
      ),
    ).toEqual([]);
  });

  it.each<[string, unknown, readonly string[]]>([
    ['another image', pod({}, { image: 'busybox:2' }), []],
    ['a further toleration', pod({ tolerations: [{ operator: 'Exists' }] }), []],
    ['other labels', { ...pod(), metadata: { name: 'a', labels: { x: 'y' } } }, []],
    [
      'another command',
      pod({}, { command: ['x'] }),
      [
        'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      ],
    ],
    [
      'another container',
      pod({
        containers: [
          { name: 'c', image: 'busybox:1' },
          { name: 'd', image: 'i' },
        ],
      }),
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    ],
  ])('judges an update to %s', (_name, object, expected) => {
    expect(updateProblems(podStrategy, pod(), object)).toEqual(expected);
  });
});

describe('validation of workloads', () => {
  it.each<[string, object, string]>([
    [
      'negative replicas',
      deployment({ replicas: -1 }),
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'a selector that misses its template',
      deployment({ selector: { matchLabels: { app: 'b' } } }),
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
    ],
    ['no selector', deployment({ selector: undefined }), 'spec.selector: Required value'],
    [
      'an empty selector',
      deployment({ selector: {} }),
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ],
    [
      'a strategy',
      deployment({ strategy: { type: 'Yolo' } }),
      'spec.strategy.type: Unsupported value: "Yolo": supported values: "Recreate", "RollingUpdate"',
    ],
    [
      'rolling-update figures for Recreate',
      deployment({ strategy: { type: 'Recreate', rollingUpdate: {} } }),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      'no room to move',
      deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      'a percentage',
      deployment({ strategy: { rollingUpdate: { maxSurge: 'half' } } }),
      "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"half\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
    [
      'a deadline before readiness',
      deployment({ minReadySeconds: 600 }),
      'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
    ],
    [
      'a template',
      deployment({
        template: { metadata: { labels: { app: 'a' } }, spec: { containers: [], restartPolicy: 'Never' } },
      }),
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
  ])('refuses %s', (_name, object, expected) => {
    expect(problems(deploymentStrategy, object)).toContain(expected);
  });

  it('accepts an ordinary deployment and keeps its selector', () => {
    expect(problems(deploymentStrategy, deployment())).toEqual([]);
    expect(
      updateProblems(deploymentStrategy, deployment(), deployment({ selector: { matchLabels: { app: 'b' } } })),
    ).toEqual(['spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable']);
  });

  it.each<[object, string]>([
    [{ maxReplicas: 0 }, 'spec.maxReplicas: Invalid value: 0: must be greater than 0'],
    [
      { maxReplicas: 1, minReplicas: 2 },
      'spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`',
    ],
    [{ minReplicas: 0, maxReplicas: 1 }, 'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1'],
    [{ maxReplicas: 1 }, 'spec.scaleTargetRef.name: Required value'],
    [
      { metrics: [{ type: 'Resource' }] },
      'spec.metrics[0].resource: Required value: must populate information for the given metric source',
    ],
    [
      { metrics: [{ type: 'Mood' }] },
      'spec.metrics[0].type: Unsupported value: "Mood": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
    ],
  ])('refuses an autoscaler with %j', (spec, expected) => {
    expect(problems(horizontalPodAutoscalerStrategy, { spec })).toContain(expected);
  });
});

describe('validation of services', () => {
  it.each<[string, object, string]>([
    ['no ports', service({ ports: [] }), 'spec.ports: Required value'],
    [
      'a type',
      service({ type: 'Magic' }),
      'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    ['two nameless ports', service({ ports: [{ port: 1 }, { port: 2 }] }), 'spec.ports[0].name: Required value'],
    [
      'a node port on a cluster address',
      service({ ports: [{ port: 1, nodePort: 30000 }] }),
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
    [
      'a port out of range',
      service({ ports: [{ port: 0 }] }),
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      'an address that is none',
      service({ clusterIP: 'here' }),
      'spec.clusterIPs[0]: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    ['an external name that is none', service({ type: 'ExternalName' }), 'spec.externalName: Required value'],
  ])('refuses %s', (_name, object, expected) => {
    expect(problems(serviceStrategy, object)).toContain(expected);
  });

  it('accepts a headless service without ports', () => {
    expect(problems(serviceStrategy, service({ clusterIP: 'None', ports: undefined }))).toEqual([]);
  });

  it('keeps the address that a service was given, also when an update does not name it', () => {
    const given = service({ clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'] });
    const update = structuredClone(service()) as t.Service;
    serviceStrategy.prepareForUpdate?.(update, given);
    expect(update.spec?.clusterIP).toBe('10.96.0.7');
    expect(updateProblems(serviceStrategy, given, service({ clusterIP: '10.96.0.8' }))).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set',
      'spec.clusterIP: Invalid value: "10.96.0.8": field is immutable',
    ]);
  });

  it('loses what only its old type has when the type changes', () => {
    const old = defaulted(serviceStrategy, service({ type: 'NodePort' }));
    const update = structuredClone(old);
    Object.assign(update.spec ?? {}, { type: 'ClusterIP' });
    serviceStrategy.prepareForUpdate?.(update, old);
    expect(update.spec).not.toHaveProperty('externalTrafficPolicy');
    expect(problems(serviceStrategy, service({ externalTrafficPolicy: 'Local' }))).toEqual([
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ]);
  });

  it('refuses addresses of the wrong family in an endpoint slice', () => {
    expect(
      problems(endpointSliceStrategy, { addressType: 'IPv4', endpoints: [{ addresses: ['::1'] }, { addresses: [] }] }),
    ).toEqual([
      'endpoints[0].addresses[0]: Invalid value: "::1": must be a valid IPv4 address',
      'endpoints[1].addresses: Required value: must contain at least 1 address',
    ]);
  });
});

describe('validation of configuration and access', () => {
  it('refuses keys that cannot be file names', () => {
    expect(problems(configMapStrategy, { data: { '..': 'x' } })).toEqual([
      'data[..]: Invalid value: "..": must not be \'..\'',
    ]);
  });

  it('refuses more than a mebibyte', () => {
    expect(problems(configMapStrategy, { data: { a: 'x'.repeat(1_048_577) } })).toEqual([
      ': Too long: may not be more than 1048576 bytes',
    ]);
  });

  it('keeps what was declared immutable', () => {
    const old = { immutable: true, data: { a: '1' } };
    expect(updateProblems(configMapStrategy, old, { immutable: true, data: { a: '2' } })).toEqual([
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
    expect(updateProblems(configMapStrategy, old, { data: { a: '1' } })).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
    ]);
  });

  it('asks secrets of a type for their keys, and keeps the type', () => {
    expect(problems(secretStrategy, { type: 'kubernetes.io/tls' })).toEqual([
      'data[tls.crt]: Required value',
      'data[tls.key]: Required value',
    ]);
    expect(updateProblems(secretStrategy, { type: 'a' }, { type: 'b' })).toEqual([
      'type: Invalid value: "b": field is immutable',
    ]);
  });

  it('never quotes what a secret holds', () => {
    const secret = { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'c2VjcmV0' } };
    expect(problems(secretStrategy, secret).join()).not.toContain('secret"');
    expect(problems(secretStrategy, secret).join()).not.toContain('c2VjcmV0');
  });

  it('refuses rules that say nothing', () => {
    expect(problems(roleStrategy, { rules: [{}] })).toEqual([
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ]);
    expect(problems(clusterRoleStrategy, { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] })).toEqual([]);
  });

  it('refuses bindings to nobody and to nothing, and keeps the role', () => {
    expect(problems(roleBindingStrategy, { subjects: [{ kind: 'ServiceAccount', name: 'a' }] })).toEqual([
      'roleRef.apiGroup: Unsupported value: "": supported values: "rbac.authorization.k8s.io"',
      'roleRef.kind: Unsupported value: "": supported values: "ClusterRole", "Role"',
      'roleRef.name: Required value',
      'subjects[0].namespace: Required value',
    ]);
    expect(
      updateProblems(
        roleBindingStrategy,
        { roleRef: { kind: 'Role', name: 'a' } },
        { roleRef: { kind: 'Role', name: 'b' } },
      ),
    ).toHaveLength(1);
  });

  it('refuses taints with an unknown effect', () => {
    expect(problems(nodeStrategy, { spec: { taints: [{ key: 'a', effect: 'No' }] } })).toEqual([
      'spec.taints[0].effect: Unsupported value: "No": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ]);
  });

  it('keeps events in the namespace of what they are about', () => {
    expect(problems(eventStrategy, { metadata: { namespace: 'a' }, involvedObject: { namespace: 'b' } })).toEqual([
      'involvedObject.namespace: Invalid value: "b": does not match event.namespace',
    ]);
    expect(problems(eventStrategy, { metadata: { namespace: 'default' }, involvedObject: { kind: 'Node' } })).toEqual(
      [],
    );
  });
});
