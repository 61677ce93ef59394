import type { BaseObject, Members, Part } from './base-object.ts';
import { statuses } from './statuses.ts';

const ofPod: Members = { metadata: { name: 'verdict', namespace: 'default' } };

const others: Readonly<Record<string, (object: Members) => Readonly<Record<string, Part>>>> = {
  CertificateSigningRequest: (object) => ({
    approval: put(
      {
        ...object,
        status: {
          conditions: [{ type: 'Approved', status: 'True', reason: 'Because', message: 'it is so' }],
          certificate: 'AAEC',
        },
      },
      'status',
    ),
  }),
  Pod: (object) => {
    const spec = object['spec'] as {
      readonly containers: readonly Members[];
      readonly initContainers: readonly Members[];
    };
    const [main] = spec.containers;
    const resources = { requests: { cpu: '200m', memory: '64Mi' }, limits: { cpu: '2', memory: '128Mi' } };
    const resized = { ...spec, containers: [{ ...main, resources }] };
    const ephemeralContainers = [
      {
        name: 'debug',
        image: 'registry.example/debug:1',
        command: ['sh'],
        stdin: true,
        tty: true,
        targetContainerName: 'main',
        env: [{ name: 'A', value: 'b' }],
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        securityContext: { capabilities: { add: ['SYS_PTRACE'] } },
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'Always',
      },
    ];
    return {
      resize: put({ ...object, spec: { ...spec, ...resized } }, 'spec.containers[0].resources'),
      ephemeralcontainers: put({ ...object, spec: { ...spec, ephemeralContainers } }, 'spec.ephemeralContainers'),
      binding: post({
        ...ofPod,
        apiVersion: 'v1',
        kind: 'Binding',
        target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
      }),
      eviction: post({
        ...ofPod,
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        deleteOptions: {
          gracePeriodSeconds: 5,
          propagationPolicy: 'Background',
          dryRun: ['All'],
        },
      }),
    };
  },
  ServiceAccount: () => ({
    token: post({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: ['api'],
        expirationSeconds: 3600,
        boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'verdict-bound' },
      },
    }),
  }),
  Namespace: (object) => ({ finalize: put({ ...object, spec: { finalizers: ['kubernetes', 'example.com/mine'] } }) }),
};

const scaled = ['Deployment', 'ReplicaSet', 'ReplicationController', 'StatefulSet', 'CustomObject'];

/** What the subresources of a kind are asked. */
export function partsOf(kind: string, { object }: BaseObject): Readonly<Record<string, Part>> {
  const status = statuses[kind];
  const { name } = object['metadata'] as { readonly name?: string };
  const scale = put({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, namespace: 'default' },
    spec: { replicas: 3 },
  });
  return {
    ...(status ? { status: put({ ...object, status }, 'status') } : {}),
    ...(scaled.includes(kind) ? { scale } : {}),
    ...others[kind]?.(object),
  };
}

function put(object: Members, under?: string): Part {
  return { method: 'PUT', object, ...(under === undefined ? {} : { under }) };
}

function post(object: Members): Part {
  return { method: 'POST', object };
}
