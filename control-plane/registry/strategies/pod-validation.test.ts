import { describe, expect, it } from 'vitest';
import { defaulted, problems, updateProblems, pod } from '../../../test/support/strategy-verdicts.ts';
import { podStrategy } from './pod.ts';

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
      'a port of the host twice',
      pod(
        {},
        {
          ports: [
            { containerPort: 1, hostPort: 80 },
            { containerPort: 2, hostPort: 80 },
          ],
        },
      ),
      'spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"',
    ],
    [
      'a protocol',
      pod({}, { ports: [{ containerPort: 1, protocol: 'ICMP' }] }),
      'spec.containers[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      'a claim for devices of no kind',
      pod({ resourceClaims: [{ name: 'gpu' }] }),
      'spec.resourceClaims[0]: Invalid value: {"name":"gpu"}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
    ],
    [
      'a claim for devices of both kinds',
      pod({ resourceClaims: [{ name: 'gpu', resourceClaimName: 'a', resourceClaimTemplateName: 'b' }] }),
      'spec.resourceClaims[0]: Invalid value: {"name":"gpu","resourceClaimName":"a","resourceClaimTemplateName":"b"}: at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
    ],
    [
      'a claim for devices twice',
      pod({
        resourceClaims: [
          { name: 'gpu', resourceClaimName: 'a' },
          { name: 'gpu', resourceClaimName: 'b' },
        ],
      }),
      'spec.resourceClaims[1].name: Duplicate value: "gpu"',
    ],
    [
      'a container with devices of nobody',
      pod({ resourceClaims: [{ name: 'gpu', resourceClaimName: 'a' }] }, { resources: { claims: [{ name: 'fpga' }] } }),
      'spec.containers[0].resources.claims[0]: Not found: "fpga": must be one of the names in pod.spec.resourceClaims: gpu',
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
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": error converting fieldPath: field label not supported: spec.foo',
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
      'spec.containers[0].volumeMounts.subPath: Invalid value: "../x": must not contain \'..\'',
    ],
    [
      'a user below 0',
      pod({}, { securityContext: { runAsUser: -1 } }),
      'spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ],
    [
      'a sysctl whose name is none',
      pod({
        securityContext: {
          sysctls: [
            { name: 'kernel.shm_rmid_forced', value: '1' },
            { name: 'bar..', value: '1' },
          ],
        },
      }),
      String.raw`spec.securityContext.sysctls[1].name: Invalid value: "bar..": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`,
    ],
    [
      'a sysctl twice',
      pod({
        securityContext: {
          sysctls: [
            { name: 'net/a', value: '1' },
            { name: 'net/a', value: '2' },
          ],
        },
      }),
      'spec.securityContext.sysctls[1].name: Duplicate value: "net/a"',
    ],
  ])('refuses %s', (_name, object, expected) => {
    expect(problems(podStrategy, object)).toContain(expected);
  });

  it('warns of what is hardly meant', () => {
    const made = defaulted(
      podStrategy,
      pod({}, { env: [{ name: 'A' }, { name: 'A' }], ports: [{ containerPort: 80 }, { containerPort: 80 }] }),
    );
    expect(podStrategy.warnings?.(made)).toEqual([
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ]);
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
