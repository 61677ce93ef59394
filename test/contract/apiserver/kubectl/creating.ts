import { test } from 'vitest';
import type { KubectlSession, Row } from './session.ts';

/** Objects from the command line, by every generator of `kubectl create`. */
export function creating(root: () => KubectlSession): void {
  let session: KubectlSession;

  test('a namespace of its own', async () => {
    session = await root().in('creating');
  });

  test('create makes workloads', () =>
    session.inAnyOrder([
      ['create deployment web --image demo:1 --replicas 2 --port 80', 'deployment.apps/web created'],
      ['create job once --image demo:1 -- echo hello', 'job.batch/once created'],
      ["create cronjob nightly --image demo:1 --schedule '0 3 * * *' -- echo night", 'cronjob.batch/nightly created'],
      ['run one --image demo:1 --labels app=one --env A=b --port 80', 'pod/one created'],
    ]));

  test('create makes configuration, secrets and accounts', async () => {
    await session.file('settings.env', 'a=1\nb=2\n');
    const pki = `${session.server.dir}/pki`;
    await session.inAnyOrder([
      ['create configmap settings --from-literal a=1 --from-literal b=2', 'configmap/settings created'],
      ['create configmap from-file --from-file settings.env', 'configmap/from-file created'],
      ['create configmap from-env --from-env-file settings.env', 'configmap/from-env created'],
      ['create secret generic keys --from-literal password=secret --type example.com/keys', 'secret/keys created'],
      [`create secret tls site --cert ${pki}/serving.crt --key ${pki}/serving.key`, 'secret/site created'],
      [
        'create secret docker-registry pull --docker-server registry.example.com --docker-username u --docker-password p',
        'secret/pull created',
      ],
      ['create serviceaccount robot', 'serviceaccount/robot created'],
    ]);
    await session.inAnyOrder([
      ["get configmap settings -o jsonpath='{.data}'", '{"a":"1","b":"2"}'],
      ["get configmap from-file -o jsonpath='{.data}'", '{"settings.env":"a=1\\nb=2\\n"}'],
      ["get configmap from-env -o jsonpath='{.data.b}'", '2'],
      ["get secret keys -o jsonpath='{.type} {.data.password}'", 'example.com/keys c2VjcmV0'],
      ["get secret site -o jsonpath='{.type}'", 'kubernetes.io/tls'],
      ["get secret pull -o jsonpath='{.type}'", 'kubernetes.io/dockerconfigjson'],
    ]);
  });

  test('create makes services and an ingress', async () => {
    await session.inAnyOrder([
      ['create service clusterip inside --tcp 80:8080', 'service/inside created'],
      ['create service clusterip headless --clusterip None --tcp 80', 'service/headless created'],
      ['create service nodeport outside --tcp 80:8080', 'service/outside created'],
      ['create service loadbalancer balanced --tcp 80:8080', 'service/balanced created'],
      ['create service externalname far --external-name example.com', 'service/far created'],
      ["create ingress front --rule 'shop.example.com/*=inside:80'", 'ingress.networking.k8s.io/front created'],
    ]);
    await session.inAnyOrder([
      ['get service inside', /inside +ClusterIP +10\.96\.\d+\.\d+ +<none> +80\/TCP/],
      ['get service headless', /headless +ClusterIP +None +<none> +80\/TCP/],
      ['get service outside', /outside +NodePort +10\.96\.\d+\.\d+ +<none> +80:3\d{4}\/TCP/],
      ['get service balanced', /balanced +LoadBalancer +10\.96\.\d+\.\d+ +<pending> +80:3\d{4}\/TCP/],
      ['get service far', /far +ExternalName +<none> +example.com +<none>/],
      ['get ingress front', /front +<none> +shop.example.com +80/],
    ]);
  });

  test('create makes roles, bindings, quotas, budgets and priorities', async () => {
    await session.inAnyOrder([
      ['create role reader --verb get,list --resource pods', 'role.rbac.authorization.k8s.io/reader created'],
      ['create rolebinding readers --role reader --serviceaccount creating:robot', '/readers created'],
      ['create clusterrole nodes-reader --verb get --resource nodes', '/nodes-reader created'],
      ['create clusterrole gathers --aggregation-rule gather=yes', '/gathers created'],
      ['create clusterrolebinding nodes-readers --clusterrole nodes-reader --user jane', '/nodes-readers created'],
      ['create quota few --hard pods=20,configmaps=20', 'resourcequota/few created'],
      [
        'create poddisruptionbudget calm --selector app=web --min-available 1',
        'poddisruptionbudget.policy/calm created',
      ],
      [
        "create priorityclass urgent --value 1000 --description 'goes first'",
        'priorityclass.scheduling.k8s.io/urgent created',
      ],
    ]);
    await session.inAnyOrder([
      ['get role reader -o yaml', /resources:\n {2}- pods\n {2}verbs:\n {2}- get\n {2}- list/],
      ['get rolebinding readers', /readers +Role\/reader/],
      ['get clusterrolebinding nodes-readers -o wide', /nodes-readers +ClusterRole\/nodes-reader +\S+ +jane/],
      ['get quota few', /few +.*configmaps: \d+\/20, pods: \d+\/20/],
      ['get pdb calm', /calm +1 +N\/A +0/],
      ['get priorityclass urgent', /urgent +1000 +false/],
    ]);
  });

  test('create token gives what the API knows its bearer by', async () => {
    const token = (await session.says('create token robot --duration 20m', /^[\w-]+\.[\w-]+\.[\w-]+\n?$/)).trim();
    const stranger = `--kubeconfig /dev/null --server ${session.server.url} --certificate-authority ${session.server.dir}/pki/ca.crt`;
    await session.says(`auth whoami ${stranger} --token ${token}`, /Username +system:serviceaccount:creating:robot/);
    await session.says(`get pods ${stranger} --token ${token} -o name`, 'pod/one');
    await session.complains(`get secrets ${stranger} --token ${token}`, 'cannot list resource "secrets"');
  });

  const dryRuns: readonly Row[] = ['client', 'server'].flatMap((where): Row[] => [
    [`create deployment dry --image demo:1 --dry-run=${where} -o yaml`, /kind: Deployment\n[^]*image: demo:1/],
    [`create configmap dry --from-literal a=b --dry-run=${where} -o name`, 'configmap/dry'],
    [
      `run dry --image demo:1 --dry-run=${where}`,
      new RegExp(String.raw`pod/dry created \(${where === 'client' ? '' : 'server '}dry run\)`),
    ],
  ]);

  test('a dry run leaves no trace', async () => {
    await session.inAnyOrder([
      ...dryRuns,
      ['delete deployment web --dry-run=server', 'deployment.apps "web" deleted (server dry run)'],
    ]);
    await session.complains('get deployment,configmap,pod dry', 'pods "dry" not found');
    await session.says('get deployment web', 'web');
  });

  test('create refuses what is there, what is wrong and what has no place', () =>
    session.allComplain([
      ['create configmap settings', 'error: failed to create configmap: configmaps "settings" already exists'],
      ['create namespace creating', 'Error from server (AlreadyExists): namespaces "creating" already exists'],
      ['create configmap x -n nowhere', 'namespaces "nowhere" not found'],
      ['create configmap Upper', 'metadata.name: Invalid value: "Upper"'],
      ['create deployment Bad_ --image x', 'Deployment.apps "Bad_" is invalid'],
      ['create role none --verb get --resource nothings', 'the server doesn\'t have a resource type "nothings"'],
      ['create service nodeport outside2 --tcp 80 --node-port 80', 'provided port is not in the valid range'],
      ['create token nobody', 'serviceaccounts "nobody" not found'],
    ]));
}
