import { expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { KubectlSession } from './session.ts';

/** `kubectl delete` in every way. */
export function ending(root: () => KubectlSession): void {
  let session: KubectlSession;
  const make = async (name: string) => {
    await session.says(`create deployment ${name} --image demo:1 --replicas 1`, 'created');
    await eventually(`the pod of ${name}`, async () => (await names(`pods -l app=${name}`)).length === 1);
  };
  const names = async (what: string) =>
    (await session.run(`get ${what} -o name`)).stdout.split('\n').filter((line) => line !== '');

  test('delete cascades as asked', async () => {
    session = await root().in('ending');
    await Promise.all(['back', 'front', 'orphans'].map(make));
    await session.inOrder([
      ['delete deployment front --cascade=foreground --timeout 30s', 'deployment.apps "front" deleted'],
      ['get pods,replicasets -l app=front', ''],
      ['delete deployment back', 'deployment.apps "back" deleted'],
      ['delete deployment orphans --cascade=orphan', 'deployment.apps "orphans" deleted'],
    ]);
    await eventually('the pods are collected', async () => (await names('pods -l app=back')).length === 0);
    expect(await names('replicasets,pods -l app=orphans')).toHaveLength(2);
    await session.complains('delete configmap x --cascade=sideways', 'invalid cascade value');
  });

  test('delete takes names, labels, fields, files and everything', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await session.says(`create configmap ${name}`, 'created');
    await session.inOrder([
      ['label configmap b gone=soon', 'labeled'],
      ['delete configmap a', 'configmap "a" deleted'],
      ['delete configmaps -l gone=soon', 'configmap "b" deleted'],
      ['delete configmap --field-selector metadata.name=c', 'configmap "c" deleted'],
      ['delete -f - -o name', 'configmap/d\n', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'd' } }],
      ['delete configmap a --ignore-not-found', ''],
      ['delete rs --all --wait=false', 'replicaset.apps "orphans-'],
      ['delete --raw /api/v1/namespaces/ending/configmaps/kube-root-ca.crt', /"status":"Success"/],
      ['delete configmap,secret --all', ''],
    ]);
    await session.allComplain([
      ['delete configmap nothere', 'Error from server (NotFound): configmaps "nothere" not found'],
      ['delete namespace default', 'namespaces "default" is forbidden: this namespace may not be deleted'],
      ['delete pod', 'resource(s) were provided, but no name was specified'],
    ]);
  });

  test('delete gives pods the time that it is told', async () => {
    for (const name of ['now', 'forced', 'graceful', 'held'])
      await session.says(`run ${name} --image demo:1`, 'created');
    await session.inOrder([
      ['delete pod now --now', 'pod "now" deleted'],
      ['delete pod forced --force --grace-period 0', 'pod "forced" force deleted'],
      ['delete pod graceful --grace-period 5', 'pod "graceful" deleted'],
      ['patch pod held --type merge -p {"metadata":{"finalizers":["example.com/hold"]}}', 'patched'],
      ['delete pod held --wait=false', 'pod "held" deleted'],
      ['get pod held', 'Terminating'],
      ['patch pod held --type json -p [{"op":"remove","path":"/metadata/finalizers"}]', 'patched'],
      ['wait pod held --for delete --timeout 10s', ''],
    ]);
    await session.complains(
      'delete pod x --force --grace-period 5',
      '--force and --grace-period greater than 0 cannot be specified together',
    );
  });

  test('a namespace goes with all that is in it', async () => {
    await session.says('delete namespace ending --timeout 60s', 'namespace "ending" deleted');
    await session.complains('get namespace ending', 'not found');
    await session.complains('create configmap late', 'namespaces "ending" not found');
  });
}
