import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEtcd, type EtcdServer } from '../../servers/etcd.ts';
import { eventually } from '../../support/eventually.ts';
import { startProgram } from '../clients/running-program.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const deployment = (replicas: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: hello, labels: {app: hello}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: hello}}
  template:
    metadata: {labels: {app: hello}}
    spec:
      containers:
        - {name: web, image: "demo:1", ports: [{containerPort: 80, name: http}], env: [{name: A, value: "1"}]}
        - {name: side, image: "side:1"}
`;

for (const engine of ['memory', 'sqlite', 'etcd'] as const) {
  describe(`a kubectl session (${engine})`, () => {
    let server: ControlPlaneProcess;
    let dir: string;
    let etcd: EtcdServer | undefined;

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'vigil-kubectl-'));
      if (engine === 'etcd') etcd = await startEtcd();
      server = await ControlPlaneProcess.create(
        engine === 'etcd' ? { engine, endpoints: [etcd?.url ?? ''], prefix: '/session/' } : engine,
      );
      await server.start();
    });
    afterAll(async () => {
      await server.remove();
      await etcd?.stop();
      await rm(dir, { recursive: true, force: true });
    });

    const watch = (...args: readonly string[]) =>
      startProgram('kubectl', args, { KUBECONFIG: server.kubeconfig, HOME: dir });
    const run = (args: readonly string[], options: { stdin?: string; kubeconfig?: string } = {}): Promise<Outcome> =>
      new Promise((resolve) => {
        const child = execFile(
          'kubectl',
          [...args],
          {
            env: { ...process.env, KUBECONFIG: options.kubeconfig ?? server.kubeconfig, HOME: dir },
            timeout: 60_000,
            maxBuffer: 16 * 1024 * 1024,
          },
          (error, out, err) => resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
        );
        child.stdin?.end(options.stdin ?? '');
      });
    /** Runs and expects success; the answer is what was printed. */
    const kubectl = async (command: string, stdin?: string): Promise<string> => {
      const outcome = await run(command.split(' '), stdin === undefined ? {} : { stdin });
      expect(outcome, `kubectl ${command}: ${outcome.err}`).toMatchObject({ code: 0 });
      return outcome.out;
    };
    const json = async (command: string): Promise<Record<string, never>> =>
      JSON.parse(await kubectl(`${command} -o json`)) as Record<string, never>;

    test('sees who serves and what is served', async () => {
      expect(await kubectl('version -o yaml')).toContain('v1.36.0+vigil');
      const resources = await kubectl('api-resources');
      expect(resources).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
      expect(await kubectl('api-versions')).toContain('rbac.authorization.k8s.io/v1');
      expect(await kubectl('get --raw /readyz?verbose')).toContain('[+]store ok');
      expect(await kubectl('cluster-info')).toContain('is running at');
    });

    test('finds what every cluster has', async () => {
      expect(await kubectl('get namespaces -o name')).toBe(
        ['default', 'kube-node-lease', 'kube-public', 'kube-system', 'vigil-system']
          .map((name) => `namespace/${name}\n`)
          .join(''),
      );
      expect(await kubectl('get service kubernetes')).toMatch(/kubernetes +ClusterIP +10\.96\.0\.1 +<none> +443\/TCP/);
      expect(await kubectl('get clusterrole cluster-admin admin edit view system:node -o name')).toContain('view');
      await eventually(
        'the default account and the CA are in the namespace',
        async () => (await run(['get', 'sa/default', 'cm/kube-root-ca.crt'])).code === 0,
      );
    });

    test('applies a manifest, and again without a change', async () => {
      expect(await kubectl('apply -f -', deployment(2))).toContain('deployment.apps/hello created');
      expect(await kubectl('apply -f -', deployment(2))).toContain('deployment.apps/hello unchanged');
      // What a controller writes in between is a difference too.
      await kubectl('wait deployment/hello --for=jsonpath={.status.replicas}=2 --timeout=60s');
      expect(await kubectl('diff -f -', deployment(2))).toBe('');
      expect((await run(['diff', '-f', '-'], { stdin: deployment(3) })).code).toBe(1);
      expect(await kubectl('apply -f -', deployment(3))).toContain('deployment.apps/hello configured');
      expect(await json('get deploy hello')).toMatchObject({
        metadata: { generation: 2 },
        spec: { replicas: 3, progressDeadlineSeconds: 600 },
      });
    });

    test('creates pods through the controllers and prints them in every form', async () => {
      await eventually(
        'three pods',
        async () => (await kubectl('get pods -l app=hello -o name')).trim().split('\n').length === 3,
      );
      expect(await kubectl('get pods')).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\nhello-\S+ +0\/2 +Pending +0 /);
      expect(await kubectl('get pods -o wide')).toMatch(/NODE +NOMINATED NODE +READINESS GATES/);
      expect(await kubectl('get pods -o jsonpath={.items[0].spec.serviceAccountName}')).toBe('default');
      expect(await kubectl('get pods --show-labels --no-headers')).toContain('app=hello');
      expect(await kubectl('get pods -A --field-selector status.phase=Pending -o name')).toContain('pod/hello-');
      expect(await kubectl('get pods --field-selector status.phase=Running -o name')).toBe('');
      expect(await kubectl('get deploy,rs -o wide')).toMatch(/web,side +demo:1,side:1 +app=hello/);
      expect(await kubectl('get deploy hello -o yaml')).toContain('\nkind: Deployment\n');
      expect(await kubectl('get all')).toContain('deployment.apps/hello');
      expect(await kubectl('get pods --chunk-size 1 -o name')).toMatch(/^(pod\/hello-\S+\n){3}$/);
      expect(await kubectl('describe deploy hello')).toContain('Replicas:               3 desired');
      expect(await kubectl('describe pods')).toContain('kube-api-access-');
      expect(await kubectl('get events')).toMatch(/FailedScheduling|ScalingReplicaSet/);
    });

    test('patches in all ways', async () => {
      const patched = async (type: string, patch: object) =>
        run(['patch', 'deploy', 'hello', '--type', type, '-p', JSON.stringify(patch)]);
      expect(await patched('json', [{ op: 'add', path: '/metadata/labels/a', value: 'json' }])).toMatchObject({
        code: 0,
      });
      expect(await patched('merge', { metadata: { labels: { b: 'merge' } } })).toMatchObject({ code: 0 });
      // By name: only one of the two containers changes.
      const strategic = { spec: { template: { spec: { containers: [{ name: 'side', image: 'side:2' }] } } } };
      expect(await patched('strategic', strategic)).toMatchObject({ code: 0 });
      expect(await json('get deploy hello')).toMatchObject({
        metadata: { labels: { a: 'json', b: 'merge', app: 'hello' } },
        spec: { template: { spec: { containers: [{ image: 'demo:1' }, { image: 'side:2' }] } } },
      });
      const outcome = await patched('json', [{ op: 'test', path: '/metadata/name', value: 'other' }]);
      expect(outcome.code).toBe(1);
      expect(outcome.err).toContain('the server rejected our request');
    });

    test('applies on the server, knows who manages what and who is in whose way', async () => {
      const config = (color: string, extra = '') =>
        `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ssa"},"data":{"color":"${color}"${extra}}}`;
      const applyAs = (manager: string, body: string, ...flags: string[]) =>
        run(['apply', '--server-side', '--field-manager', manager, ...flags, '-f', '-'], { stdin: body });
      expect((await applyAs('one', config('red', ',"size":"1"'))).out).toContain('serverside-applied');
      expect((await applyAs('two', config('red'))).code).toBe(0);
      const refused = await applyAs('two', config('blue'));
      expect(refused.code).toBe(1);
      expect(refused.err).toContain('conflict with "one": .data.color');
      expect((await applyAs('two', config('blue'), '--force-conflicts')).code).toBe(0);
      expect(
        (await applyAs('one', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ssa"},"data":{}}')).code,
      ).toBe(0);
      expect(await kubectl('get configmap ssa -o jsonpath={.data}')).toBe('{"color":"blue"}');
      // An empty map is a field like any other: who applies it has that.
      expect(
        await kubectl(
          'get configmap ssa --show-managed-fields -o jsonpath={range.metadata.managedFields[*]}{.manager}{.fieldsV1}{end}',
        ),
      ).toBe('two{"f:data":{"f:color":{}}}one{"f:data":{}}');
      await kubectl('delete configmap ssa');
    });

    test('labels, annotates, scales, sets images and edits objects in place', async () => {
      await kubectl('label deploy hello tier=web');
      await kubectl('label deploy hello a-');
      await kubectl('annotate deploy hello note=hi');
      await kubectl('scale deploy hello --replicas 1');
      await kubectl('set image deploy/hello web=demo:2');
      await kubectl('set env deploy/hello -c web B=2');
      const hello = await json('get deploy hello');
      expect(hello).toMatchObject({
        metadata: { labels: { tier: 'web' }, annotations: { note: 'hi' } },
        spec: { replicas: 1 },
      });
      expect(hello).not.toHaveProperty('metadata.labels.a');
      expect(JSON.stringify(hello)).toContain('demo:2');
      expect((await run(['scale', 'deploy', 'hello', '--replicas', '2', '--current-replicas', '7'])).code).toBe(1);
    });

    test('creates objects from the command line, which Go clients send as protobuf', async () => {
      await kubectl('create namespace made');
      await kubectl('-n made create configmap settings --from-literal a=1 --from-literal b=2');
      await kubectl('-n made create secret generic keys --from-literal password=secret');
      await kubectl('-n made create serviceaccount robot');
      await kubectl('-n made create deployment web --image demo:1 --replicas 2 --port 80');
      await kubectl('-n made create service nodeport web --tcp 80:80');
      await kubectl('-n made create role reader --verb get,list --resource pods');
      await kubectl('-n made create rolebinding readers --role reader --serviceaccount made:robot');
      await kubectl('-n made run one --image demo:1 --labels app=one --env A=b');
      await kubectl('-n made expose pod one --port 80');
      await kubectl('-n made autoscale deployment web --min 1 --max 4 --cpu-percent 70');
      expect(await kubectl('-n made get cm settings -o jsonpath={.data}')).toBe('{"a":"1","b":"2"}');
      expect(await kubectl('-n made get secret keys -o jsonpath={.data.password}')).toBe('c2VjcmV0');
      expect(await kubectl('-n made get svc web -o jsonpath={.spec.ports[0].nodePort}')).toMatch(/^3\d{4}$/);
      expect(await kubectl('-n made get hpa web')).toMatch(/Deployment\/web +cpu: <unknown>\/70% +1 +4/);
      expect(await kubectl('-n made auth can-i list pods --as system:serviceaccount:made:robot')).toBe('yes\n');
      expect(
        (await run(['-n', 'made', 'auth', 'can-i', 'delete', 'pods', '--as', 'system:serviceaccount:made:robot'])).out,
      ).toBe('no\n');
      expect((await kubectl('-n made create token robot')).split('.')).toHaveLength(3);
    });

    test('watches: what is there, then each change', async () => {
      const watching = watch('get', 'configmaps', '-w', '-o', 'name', '-l', 'watched=yes');
      try {
        await kubectl('create configmap w1');
        await kubectl('label configmap w1 watched=yes');
        await eventually('the object that came to match', () => watching.output().includes('configmap/w1'));
        await kubectl('create configmap w2 --dry-run=client -o name');
        await kubectl(
          'apply -f -',
          '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"w2","labels":{"watched":"yes"}}}',
        );
        await eventually('the second object', () => watching.output().includes('configmap/w2'));
      } finally {
        await watching.stop();
      }
    });

    test('waits for conditions and deletions', async () => {
      const waiting = kubectl('wait --for=delete configmap/w1 --timeout=30s');
      await kubectl('delete configmap w1');
      await waiting;
      await kubectl('wait --for=jsonpath={.metadata.labels.watched}=yes configmap/w2 --timeout=10s');
      await kubectl('delete configmap -l watched=yes');
      expect(await kubectl('get configmap -l watched=yes -o name')).toBe('');
    });

    test('explains fields and refuses what they do not have', async () => {
      expect(await kubectl('explain deployment.spec.strategy')).toContain('rollingUpdate');
      const bad = deployment(1).replace('replicas: 1', 'replicas: 1\n  replicaz: 2');
      const strict = await run(['apply', '-f', '-'], { stdin: bad });
      expect(strict.code).toBe(1);
      expect(strict.err).toContain('unknown field "spec.replicaz"');
      const warned = await run(['apply', '--validate=warn', '-f', '-'], { stdin: bad });
      expect(warned.code).toBe(0);
      expect(warned.err).toContain('Warning: unknown field "spec.replicaz"');
    });

    test('is told of every invalid field', async () => {
      const outcome = await run(['create', '--validate=false', '-f', '-'], {
        stdin: JSON.stringify({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'Bad_Name' },
          spec: { containers: [{ name: 'a', image: 'x', livenessProbe: { httpGet: { port: 0 }, periodSeconds: -1 } }] },
        }),
      });
      expect(outcome.code).toBe(1);
      expect(outcome.err).toContain('The Pod "Bad_Name" is invalid');
      expect(outcome.err).toContain('metadata.name: Invalid value: "Bad_Name"');
      expect(outcome.err).toContain('spec.containers[0].livenessProbe');
    });

    test('is refused in the words that users know', async () => {
      const stderr = async (command: string) => (await run(command.split(' '))).err.trim();
      expect(await stderr('get pod nothere')).toBe('Error from server (NotFound): pods "nothere" not found');
      expect(await stderr('create namespace made')).toBe(
        'Error from server (AlreadyExists): namespaces "made" already exists',
      );
      expect(await stderr('-n nowhere create configmap x')).toBe(
        'error: failed to create configmap: namespaces "nowhere" not found',
      );
      expect(await stderr('delete namespace default')).toContain(
        'namespaces "default" is forbidden: this namespace may not be deleted',
      );
      const alice = await server.writeKubeconfig('alice', ['devs']);
      expect((await run(['get', 'pods'], { kubeconfig: alice })).err.trim()).toBe(
        'Error from server (Forbidden): pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"',
      );
    });

    test('gives and takes rights by roles', async () => {
      const bob = await server.writeKubeconfig('bob', ['devs']);
      const as = (command: string) => run(command.split(' '), { kubeconfig: bob });
      await kubectl('-n made create rolebinding bob --clusterrole edit --user bob');
      expect((await as('-n made get pods')).code).toBe(0);
      expect((await as('-n made create configmap mine')).code).toBe(0);
      expect((await as('get nodes')).code).toBe(1);
      const escalation = await as('-n made create role all --verb * --resource *');
      expect(escalation.err).toContain('cannot create resource "roles"');
      await kubectl('-n made create rolebinding bob-admin --clusterrole admin --user bob');
      const grown = await as('-n made create role all --verb * --resource nodes');
      expect(grown.err).toContain('is attempting to grant RBAC permissions not currently held');
      await kubectl('-n made delete rolebinding bob bob-admin');
      expect((await as('-n made get pods')).code).toBe(1);
    });

    test('cordons and labels a node', async () => {
      await kubectl('apply -f -', '{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}');
      await kubectl('cordon n1');
      expect(await kubectl('get nodes')).toMatch(/n1 +(Unknown|NotReady),SchedulingDisabled/);
      await kubectl('uncordon n1');
      await kubectl('taint node n1 a=b:NoSchedule');
      await kubectl('delete node n1');
    });

    test('replaces, and is told when somebody else was faster', async () => {
      const before = await kubectl('get configmap kube-root-ca.crt -n made -o json');
      await kubectl('-n made annotate configmap kube-root-ca.crt x=y');
      const file = join(dir, 'old.json');
      await writeFile(file, before);
      const outcome = await run(['replace', '-f', file]);
      expect(outcome.err).toContain(
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    });

    test('dry-runs without a trace', async () => {
      expect(await kubectl('create configmap dry --dry-run=server -o name')).toBe('configmap/dry\n');
      expect((await run(['get', 'configmap', 'dry'])).code).toBe(1);
      await kubectl('delete deploy hello --dry-run=server');
      await kubectl('get deploy hello');
    });

    test('deletes a workload with all that belongs to it, and a namespace with all that is in it', async () => {
      await kubectl('delete deploy hello --cascade=foreground --timeout=30s');
      await eventually('no pods are left', async () => (await kubectl('get pods -l app=hello -o name')) === '');
      await kubectl('delete namespace made --timeout=60s');
      expect((await run(['get', 'namespace', 'made'])).code).toBe(1);
    });

    if (engine === 'sqlite') {
      test('finds everything again after the server was killed', async () => {
        await kubectl('create configmap kept --from-literal a=b');
        const version = await kubectl('get configmap kept -o jsonpath={.metadata.resourceVersion}');
        await server.kill('SIGKILL');
        await server.start();
        expect(await kubectl('get configmap kept -o jsonpath={.metadata.resourceVersion}')).toBe(version);
        expect(await kubectl('get configmap kept -o jsonpath={.data.a}')).toBe('b');
      });
    }

    test('stops in good time when it is asked to, with a watch open', async () => {
      await kubectl('create namespace watched');
      const watching = watch('get', 'namespaces', '-w', '-o', 'name');
      await eventually('the watch is open', () => watching.output().includes('namespace/watched'));
      const startMs = performance.now();
      await server.kill('SIGTERM');
      expect(performance.now() - startMs).toBeLessThan(8_000);
      await watching.stop();
    });
  });
}
