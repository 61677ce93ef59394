import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigMap, Deployment } from '../../../lib/kube/types.ts';
import { issueCertificate, writeKeyPair } from '../../../lib/pki.ts';
import { freePort } from '../../servers/search-server.ts';
import { eventually } from '../../support/eventually.ts';
import type { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { BUILD_TIMEOUT_MS, goProgram } from './built-clients.ts';
import { Kubectl } from './kubectl.ts';
import { startProgram, type RunningProgram } from './running-program.ts';

interface Greeting {
  readonly metadata: { readonly generation: number; readonly uid: string; readonly finalizers?: readonly string[] };
  readonly spec: { readonly text: string; readonly replicas: number };
  readonly status?: {
    readonly observedGeneration: number;
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

/** What the operator was answered in, of what it asked for first. */
interface Told {
  readonly group: string;
  readonly asked: string;
  readonly received: string;
}

const protobuf = 'application/vnd.kubernetes.protobuf';
const namespace = 'operated';
const group = 'hello.example.com';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `greetings.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'greetings', singular: 'greeting', kind: 'Greeting', listKind: 'GreetingList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['text'],
                properties: { text: { type: 'string' }, replicas: { type: 'integer', format: 'int32', minimum: 0 } },
              },
              status: {
                type: 'object',
                properties: {
                  observedGeneration: { type: 'integer', format: 'int64' },
                  conditions: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                    items: {
                      type: 'object',
                      required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
                      properties: {
                        type: { type: 'string' },
                        status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
                        reason: { type: 'string' },
                        message: { type: 'string' },
                        lastTransitionTime: { type: 'string', format: 'date-time' },
                        observedGeneration: { type: 'integer', format: 'int64' },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

function webhooks(
  kind: 'Mutating' | 'Validating',
  caBundle: string,
  port: number,
  operations: readonly string[],
): object {
  const verb = kind === 'Mutating' ? 'mutate' : 'validate';
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name: 'greetings' },
    webhooks: [
      {
        name: `${verb}.${group}`,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        clientConfig: { caBundle, url: `https://127.0.0.1:${port}/${verb}-hello-example-com-v1-greeting` },
        rules: [{ apiGroups: [group], apiVersions: ['v1'], resources: ['greetings'], operations }],
      },
    ],
  };
}

const greeting = (name: string, spec: object, labels: Readonly<Record<string, string>> = {}) => ({
  apiVersion: `${group}/v1`,
  kind: 'Greeting',
  metadata: { name, namespace, labels },
  spec,
});

/** What an operator on controller-runtime does with a kind of its own, under the rights that it was given. */
export function describeOperator(plane: () => ControlPlaneProcess): void {
  describe('an operator on controller-runtime', () => {
    let kubectl: Kubectl;
    let operator: RunningProgram | undefined;

    beforeAll(async () => {
      const program = await goProgram('operator');
      kubectl = new Kubectl(plane());
      const [port, probesPort] = [await freePort(), await freePort()];
      const certificates = join(plane().dir, 'webhook-certificates');
      const serving = await issueCertificate(plane().ca, {
        commonName: 'greeting-operator',
        ipAddresses: ['127.0.0.1'],
        usages: ['server'],
        nowMs: Date.now(),
      });
      await writeKeyPair(serving, join(certificates, 'tls.crt'), join(certificates, 'tls.key'));
      await kubectl.apply(
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
        definition,
        ...rights,
      );
      await kubectl.run(['wait', '--for=condition=Established', `crd/greetings.${group}`, '--timeout=30s']);
      operator = startProgram(
        program,
        [
          `--certificates=${certificates}`,
          `--webhook-port=${port}`,
          `--probes=127.0.0.1:${probesPort}`,
          `--leader-namespace=${namespace}`,
        ],
        { KUBECONFIG: await plane().writeKubeconfig('greeting-operator', []) },
      );
      await eventually(
        'the operator is ready',
        async () => (await fetch(`http://127.0.0.1:${probesPort}/readyz`)).ok,
        60_000,
      ).catch((error: unknown) => {
        throw new Error(`the operator is not ready:\n${operator?.output() ?? ''}`, { cause: error });
      });
      const caBundle = Buffer.from(plane().ca.cert).toString('base64');
      await kubectl.apply(
        webhooks('Mutating', caBundle, port, ['CREATE', 'UPDATE']),
        webhooks('Validating', caBundle, port, ['CREATE', 'UPDATE', 'DELETE']),
      );
    }, BUILD_TIMEOUT_MS);

    afterAll(async () => {
      await operator?.stop();
      // Its webhooks fail what they cannot see: nobody else's objects, but these.
      await kubectl?.run(['delete', 'mutatingwebhookconfiguration,validatingwebhookconfiguration', 'greetings']);
    });

    const read = async (name: string) =>
      (await kubectl.get(['greeting', name, '-n', namespace])) as Greeting | undefined;

    const settled = (name: string, replicas: number) =>
      eventually(`the greeting ${name} has ${replicas} replicas`, async () => {
        const now = await read(name);
        const isMade = now?.status?.conditions.some(({ type, status }) => type === 'Rolled' && status === 'True');
        return isMade && now?.spec.replicas === replicas && now.status?.observedGeneration === now.metadata.generation
          ? now
          : undefined;
      }).catch((error: unknown) => {
        throw new Error(`not settled; the operator said:\n${operator?.output() ?? ''}`, { cause: error });
      });

    it('gets its default from the mutating webhook, its objects from the operator, and a status from both', async () => {
      await kubectl.apply(greeting('hello', { text: 'Hello' }));
      const made = await settled('hello', 2);
      expect(made.metadata.finalizers).toEqual([`${group}/farewell`]);
      const owner = { apiVersion: `${group}/v1`, kind: 'Greeting', name: 'hello', uid: made.metadata.uid };
      const deployment = (await kubectl.get(['deployment', 'hello', '-n', namespace])) as Deployment;
      expect(deployment.metadata?.ownerReferences).toEqual([{ ...owner, controller: true, blockOwnerDeletion: true }]);
      expect(deployment.spec?.replicas).toBe(2);
      const text = (await kubectl.get(['configmap', 'hello-text', '-n', namespace])) as ConfigMap;
      expect(text.data).toEqual({ text: 'Hello' });
      const events = await eventually('the operator said so in an event', async () => {
        const said = await kubectl.run(['events', '-n', namespace, '--for', 'greeting/hello']);
        return said.includes('Greeted') && said;
      });
      expect(events).toContain('made the deployment hello');
    });

    it('follows a change of the spec, and makes again what somebody removes', async () => {
      await kubectl.run([
        'patch',
        'greeting',
        'hello',
        '-n',
        namespace,
        '--type=merge',
        '-p',
        '{"spec":{"replicas":3}}',
      ]);
      await settled('hello', 3);
      await kubectl.run(['delete', 'configmap', 'hello-text', '-n', namespace]);
      await eventually('the text is made again', () => kubectl.get(['configmap', 'hello-text', '-n', namespace]));
    });

    it('is refused by the validating webhook with its reason, and warned', async () => {
      const long = await kubectl.try(['apply', '-f', '-'], greeting('long', { text: 'a'.repeat(41) }));
      expect(long.code).toBe(1);
      expect(long.stderr).toMatch(
        /^The Greeting "long" is invalid: spec\.text: Invalid value: "a+": must have at most 40 characters$/m,
      );
      expect(await read('long')).toBeUndefined();
      const other = ['patch', 'greeting', 'hello', '-n', namespace, '--type=merge', '-p', '{"spec":{"text":"Bye"}}'];
      expect((await kubectl.try(other)).stderr).toContain('spec.text: Forbidden: may not change');
      const loud = await kubectl.try(['apply', '-f', '-'], greeting('loud', { text: 'HI' }, { keep: 'true' }));
      expect(loud.stderr).toContain('Warning: spec.text shouts');
      const kept = await kubectl.try(['delete', 'greeting', 'loud', '-n', namespace]);
      expect(kept.stderr).toContain(`(Forbidden): admission webhook "validate.${group}" denied the request: `);
      expect(kept.stderr).toContain('it has the label keep');
      expect(await read('loud')).toBeDefined();
    });

    it('goes when its finalizer has done its work, and what it owned goes with it', async () => {
      const uid = (await read('hello'))?.metadata.uid;
      await kubectl.run(['delete', 'greeting', 'hello', '-n', namespace, '--timeout=30s']);
      const farewell = (await kubectl.get(['configmap', 'hello-farewell', '-n', namespace])) as ConfigMap;
      expect(farewell.data).toEqual({ of: uid });
      await eventually('what it owned is gone', async () => {
        const names = await kubectl.run(['get', 'deployments,configmaps,pods', '-n', namespace, '-o', 'name']);
        return !/hello(-text|-\w+-\w+)?$/m.test(names);
      });
    });

    it('asked for protobuf of the kinds that are built in, as it does by itself, and was answered in it', () => {
      const told = (operator?.output() ?? '')
        .split('\n')
        .filter((line) => line.includes('"logger":"answers"'))
        .map((line) => JSON.parse(line) as Told)
        .filter(({ asked }) => asked === protobuf);
      const answered = (group: string) => told.filter((one) => one.group === group).map(({ received }) => received);
      expect(answered('/apis/apps/v1').sort()).toEqual([protobuf, `${protobuf};stream=watch`]);
      expect(answered('/api/v1').sort()).toEqual([protobuf, `${protobuf};stream=watch`]);
      expect(answered('/apis/coordination.k8s.io/v1')).toEqual([protobuf]);
      expect(told.filter(({ received }) => !received.startsWith(protobuf))).toEqual([]);
    });

    it('worked under its Lease without an error in the operator’s log', async () => {
      const lease = (await kubectl.get(['lease', 'greeting-operator', '-n', namespace])) as {
        spec: { holderIdentity: string };
      };
      expect(lease.spec.holderIdentity).not.toBe('');
      const errors = (operator?.output() ?? '').split('\n').filter((line) => /"level":"error"|^[EF]\d{4} /.test(line));
      expect(errors.filter((line) => !line.includes('the object has been modified'))).toEqual([]);
    });
  });
}

/** What operators' charts give them. */
const rights = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'greeting-operator' },
    rules: [
      { apiGroups: [group], resources: ['greetings'], verbs: ['get', 'list', 'watch', 'update', 'patch'] },
      { apiGroups: [group], resources: ['greetings/status', 'greetings/finalizers'], verbs: ['update', 'patch'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch', 'create', 'update'] },
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'create', 'update'] },
      { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'greeting-operator' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'greeting-operator' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'greeting-operator' }],
  },
];
