import { expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { KubectlSession } from './session.ts';

const pod = (name: string, labels: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: {
    containers: [
      { name: 'a', image: `${name}:1` },
      { name: 'b', image: 'side:1' },
    ],
  },
});
const list = (...items: object[]) => ({ apiVersion: 'v1', kind: 'List', items });

/** `kubectl get` in every form, `describe`, `explain`, `events`, and raw paths. */
export function getting(root: () => KubectlSession): void {
  let session: KubectlSession;

  test('a namespace with a few objects', async () => {
    session = await root().in('getting');
    await session.says('apply -f -', 'pod/x created', {
      input: list(pod('x', { app: 'one', tier: 'web' }), pod('y', { app: 'two' }), pod('z', { app: 'one' })),
    });
    await session.inOrder([
      ['create deployment web --image demo:1 --replicas 0', 'created'],
      ['create service clusterip web --tcp 80:8080', 'created'],
      ['create configmap settings --from-literal a=1', 'created'],
      ['create secret generic keys --from-literal password=secret', 'created'],
    ]);
  });

  test('get prints tables', () =>
    session.inAnyOrder([
      ['get pods', /^NAME +READY +STATUS +RESTARTS +AGE\nx +0\/2 +Pending +0 +\d+s\ny /],
      [
        'get pods -o wide',
        /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\nx +.*<none>/,
      ],
      ['get pods --show-labels', /x +.* app=one,tier=web\n/],
      ['get pods -L app,tier', /AGE +APP +TIER\nx +.* one +web\ny +.* two +\n/],
      ['get pods --no-headers -l app=two', /^y +0\/2/],
      ['get pods --sort-by .metadata.labels.app -l tier!=web', /z [^]*\ny /],
      ["get pods --sort-by '{.spec.containers[0].image}'", /x [^]*\ny [^]*\nz /],
      ['get pods --show-kind', 'pod/x'],
      ['get pods x y', /^NAME[^]*\nx [^]*\ny [^\n]*\n$/],
      ['get pod/x deployment/web', /pod\/x[^]*deployment.apps\/web/],
      ['get deployments.v1.apps web', 'web '],
      ['get all', /pod\/x[^]*service\/web[^]*deployment.apps\/web[^]*replicaset.apps\/web-/],
      ['get configmaps,secrets', /configmap\/settings +1 [^]*secret\/keys +Opaque +1 /],
      ['get namespaces', /getting +Active/],
      ['get nodes', ''],
      ['get pods --all-namespaces', /NAMESPACE +NAME [^]*getting +x /],
      ['get pods --chunk-size 1 -o name', 'pod/x\npod/y\npod/z\n'],
      ['get pods --ignore-not-found nothere', ''],
      ['get deployment web --subresource scale', /^NAME +DESIRED +AVAILABLE +AGE\nweb +0 +0 +\d+s\n$/],
      ['get deployment web --subresource status -o yaml', 'kind: Deployment'],
      ['get pods --server-print=false', /^NAME +AGE\nx /],
    ]));

  test('get selects', () =>
    session.inAnyOrder([
      ['get pods -l app=one -o name', 'pod/x\npod/z\n'],
      ["get pods -l 'app in (one,two),!tier' -o name", 'pod/y\npod/z\n'],
      ["get pods -l 'app notin (one)' -o name", 'pod/y\n'],
      ['get pods --field-selector metadata.name=y -o name', 'pod/y\n'],
      ['get pods --field-selector status.phase!=Pending -o name', ''],
      ['get pods -A --field-selector metadata.namespace=getting,spec.nodeName= -o name', 'pod/x\npod/y\npod/z\n'],
      ['get secrets --field-selector type=Opaque -o name', 'secret/keys\n'],
      ['get events --field-selector involvedObject.name=x -o name', /^(event\/x\.\S+\n)*$/],
    ]));

  test('get prints objects', () =>
    session.inAnyOrder([
      ['get pod x -o yaml', /^apiVersion: v1\nkind: Pod\nmetadata:\n/],
      ['get pod x -o yaml --show-managed-fields', 'name: x'],
      ['get pod x -o json', '"kind": "Pod"'],
      ['get pods -o json', '"kind": "List"'],
      [
        'get pods -o jsonpath=\'{range .items[*]}{.metadata.name}={.spec.containers[*].image}{"\\n"}{end}\'',
        'x=x:1 side:1\ny=y:1 side:1\n',
      ],
      ['get pods -o jsonpath=\'{.items[?(@.metadata.labels.tier=="web")].metadata.name}\'', 'x'],
      ["get pods -o jsonpath-as-json='{.items[*].metadata.name}'", '"x",\n    "y"'],
      ["get pods -o go-template='{{range .items}}{{.metadata.name}} {{end}}'", 'x y z '],
      [
        'get pods -o custom-columns=POD:.metadata.name,IMAGE:.spec.containers[0].image',
        /^POD +IMAGE\nx +x:1\ny +y:1\n/,
      ],
      ['get secret keys -o go-template={{.data.password|base64decode}}', 'secret'],
      ['get configmap settings -o template --template={{.data.a}}', '1'],
      ['get -f - -o name', 'pod/x\n', pod('x', {})],
    ]));

  test('get --raw reads paths', () =>
    session.inAnyOrder([
      ['get --raw /readyz', 'ok'],
      ['get --raw /readyz?verbose', '[+]store ok'],
      ['get --raw /livez', 'ok'],
      ['get --raw /version', '"gitVersion"'],
      ['get --raw /api/v1/namespaces/getting/pods?limit=1', '"remainingItemCount":2'],
      ['get --raw /apis/apps/v1', '"kind":"APIResourceList"'],
      ['get --raw /openapi/v3', '"apis/apps/v1"'],
      ['get --raw /metrics', 'apiserver_request_total'],
      ['get --raw /.well-known/openid-configuration', '"issuer"'],
    ]));

  test('get --watch goes on with changes and says what kind they are of', async () => {
    const watching = session.run('get configmaps -l watched=yes --watch --output-watch-events --request-timeout 8s');
    await session.inOrder([
      ['create configmap seen', 'created'],
      ['label configmap seen watched=yes', 'labeled'],
      ['annotate configmap seen a=b', 'annotated'],
      ['delete configmap seen', 'deleted'],
    ]);
    const { stdout } = await watching;
    expect(stdout).toMatch(
      /^EVENT +NAME +DATA +AGE\nADDED +seen [^\n]*\nMODIFIED +seen [^\n]*\nDELETED +seen [^\n]*\n$/,
    );
  });

  test('describe tells of every kind', async () => {
    await eventually('the scheduler has said that there is no node', async () =>
      (await session.run('get events -o name')).stdout.includes('event/x.'),
    );
    await session.inAnyOrder([
      ['describe pod x', /Name: +x[^]*Labels: +app=one\n[^]*Image: +x:1[^]*FailedScheduling/],
      ['describe pods -l app=one', /Name: +x[^]*Name: +z/],
      ['describe deployment web', /Replicas: +0 desired[^]*StrategyType: +RollingUpdate/],
      ['describe replicaset -l app=web', /Controlled By: +Deployment\/web/],
      ['describe service web', /Type: +ClusterIP[^]*TargetPort: +8080\/TCP/],
      ['describe configmap settings', /a:\n----\n1/],
      ['describe secret keys', /password: +6 bytes/],
      ['describe namespace getting', /Status: +Active/],
      ['describe serviceaccount default', /Name: +default/],
      ['describe clusterrole view', /pods\S* +\[\] +\[\] +\[[a-z ]*list[a-z ]*\]/],
      ['describe clusterrolebinding cluster-admin', /Kind: +ClusterRole/],
      ['describe priorityclass system-node-critical', /Value: +2000001000/],
      ['describe -f -', /Name: +y/, pod('y', {})],
    ]);
  });

  test('events tells what happened', () =>
    session.inAnyOrder([
      ['events', /LAST SEEN +TYPE +REASON +OBJECT +MESSAGE[^]*Warning +FailedScheduling +Pod\/x/],
      ['events --for pod/y', /Pod\/y/],
      ['events --types Warning -A', /getting +.* FailedScheduling/],
      ['events -o json', '"kind": "EventList"'],
      ['get events --sort-by .metadata.creationTimestamp', 'FailedScheduling'],
    ]));

  test('explain tells what fields there are', () =>
    session.inAnyOrder([
      ['explain pods', /KIND: +Pod\nVERSION: +v1\n[^]*FIELDS:[^]*spec\t<PodSpec>/],
      ['explain pod.spec.containers.livenessProbe', /FIELD: livenessProbe <Probe>[^]*httpGet\t<HTTPGetAction>/],
      [
        'explain deployment.spec.strategy --recursive',
        /rollingUpdate\t<RollingUpdateDeployment>\n +maxSurge\t<IntOrString>/,
      ],
      ['explain cronjobs --api-version batch/v1', /GROUP: +batch\nKIND: +CronJob/],
      ['explain ingress.spec --output plaintext-openapiv2', /FIELDS:\n[^]*rules\t<\[\]Object>/],
      ['explain componentstatuses', /KIND: +ComponentStatus\nVERSION: +v1\n[^]*conditions\t<\[\]ComponentCondition>/],
      ['explain componentstatuses --output plaintext-openapiv2', /KIND: +ComponentStatus/],
      ['explain customresourcedefinitions.spec.versions.schema', 'openAPIV3Schema'],
    ]));

  test('get and explain refuse what there is not', () =>
    session.allComplain([
      ['get pod nothere', 'Error from server (NotFound): pods "nothere" not found'],
      ['get nothings', 'error: the server doesn\'t have a resource type "nothings"'],
      [
        'get pods -l app=one=two',
        /^Error from server \(BadRequest\): Unable to find "\/v1, Resource=pods" that match label selector "app=one=two"/,
      ],
      ['get pods --field-selector spec.colour=red', 'field label not supported: spec.colour'],
      ['get --raw /nothere', 'Error from server (NotFound): the server could not find the requested resource'],
      ['explain pod.spec.nothere', 'error: field "nothere" does not exist'],
      ['explain nothings', "the server doesn't have a resource type"],
      ['describe pod nothere', 'pods "nothere" not found'],
      ['logs nothere', 'error: error from server (NotFound): pods "nothere" not found in namespace "getting"'],
      ['get deployment web --subresource nothere', 'the server could not find the requested resource'],
    ]));
}
