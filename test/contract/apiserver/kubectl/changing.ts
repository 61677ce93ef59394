import { expect, test } from 'vitest';
import type { KubectlSession } from './session.ts';

const web = (image: string, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          { name: 'web', image },
          { name: 'side', image: 'side:1' },
        ],
      },
    },
    ...more,
  },
});

/** Changes of objects in place: patch, edit, replace, label, annotate, set, scale, autoscale, expose, taint, cordon. */
export function changing(root: () => KubectlSession): void {
  let session: KubectlSession;
  const images = ['get deployment web -o', "jsonpath='{.spec.template.spec.containers[*].image}'"].join(' ');

  test('a namespace with a deployment', async () => {
    session = await root().in('changing');
    await session.says('create -f -', 'deployment.apps/web created', { input: web('demo:1') });
  });

  test('patch changes by every type of patch', async () => {
    await session.inOrder([
      ['patch deployment web --type json -p [{"op":"add","path":"/metadata/labels/a","value":"json"}]', 'patched'],
      ['patch deployment web --type merge -p {"metadata":{"labels":{"b":"merge"}}}', 'patched'],
      // By name: only one of the two containers changes.
      [
        'patch deployment web -p {"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:2"}]}}}}',
        'patched',
      ],
      ['patch deployment web --type merge -p {"metadata":{"labels":{"b":"merge"}}}', 'patched (no change)'],
      [images, 'demo:1 side:2'],
      ["get deployment web -o jsonpath='{.metadata.labels}'", '{"a":"json","app":"web","b":"merge"}'],
      [
        'patch deployment web --subresource scale --type merge -p {"spec":{"replicas":1}}',
        'scale.autoscaling/web patched',
      ],
      ["get deployment web -o jsonpath='{.spec.replicas}'", '1'],
      ['patch configmap kube-root-ca.crt --type merge -p {"data":{"a":"b"}} --dry-run=server', 'patched'],
      ["get configmap kube-root-ca.crt -o jsonpath='{.data.a}'", ''],
      ['patch --local -f - --type merge -p {"spec":{"replicas":9}} -o yaml', 'replicas: 9', web('demo:1')],
      [
        'patch namespace changing --subresource status --type merge -p {"status":{"conditions":[{"type":"A","status":"True","lastTransitionTime":null}]}}',
        'patched',
      ],
    ]);
    await session.file('patch.yaml', 'metadata:\n  annotations: {from: file}\n');
    await session.says('patch deployment web --patch-file patch.yaml', 'patched');
    await session.allComplain([
      [
        'patch deployment web --type json -p [{"op":"test","path":"/metadata/name","value":"other"}]',
        'The request is invalid: the server rejected our request due to an error in our request',
      ],
      ['patch deployment web --type json -p [{"op":"remove","path":"/nothere"}]', 'the server rejected our request'],
      [
        'patch deployment web --type merge -p {"spec":{"replicas":-1}}',
        'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      ],
      [
        'patch deployment web --type merge -p {"metadata":{"name":"other"}}',
        'the name of the object (other) does not match the name on the URL (web)',
      ],
      ['patch deployment nothere -p {}', 'deployments.apps "nothere" not found'],
    ]);
  });

  test('edit writes what the editor leaves', async () => {
    await session.file('editor.sh', '#!/bin/sh\nsed -i "s/demo:1/demo:edited/" "$1"\n');
    await session.file('broken.sh', '#!/bin/sh\nsed -i "s/replicas: [0-9][0-9]*/replicas: many/" "$1"\n');
    const editor = (name: string) => ({ env: { KUBE_EDITOR: `${session.dir}/${name}`, EDITOR: '' } });
    await session.says('edit deployment web', 'deployment.apps/web edited', editor('editor.sh'));
    await session.says(images, 'demo:edited');
    await session.says('edit deployment web', '', { env: { KUBE_EDITOR: 'true' } });
    await session.complains('edit deployment web', 'Edit cancelled, no valid changes were saved', editor('broken.sh'));
    await session.says('edit configmap kube-root-ca.crt --output-patch', '', { env: { KUBE_EDITOR: 'true' } });
  });

  test('replace writes the whole object', async () => {
    await session.says('replace -f -', 'deployment.apps/web replaced', { input: web('demo:2') });
    await session.says(images, 'demo:2 side:1');
    const uid = await session.says("get deployment web -o jsonpath='{.metadata.uid}'");
    await session.says('replace --force -f -', 'deployment.apps/web replaced', { input: web('demo:3') });
    expect(await session.says("get deployment web -o jsonpath='{.metadata.uid}'")).not.toBe(uid);
    const old = await session.says('get deployment web -o json');
    await session.says('annotate deployment web changed=yes', 'annotated');
    await session.complains(
      'replace -f -',
      'the object has been modified; please apply your changes to the latest version',
      { input: old },
    );
    await session.complains('replace -f -', 'deployments.apps "nothere" not found', {
      input: { ...web('x'), metadata: { name: 'nothere' } },
    });
    await session.complains('replace --raw /nothere -f -', 'the server could not find the requested resource', {
      input: {},
    });
    await session.says('create --raw /api/v1/namespaces/changing/configmaps -f -', '"name":"raw"', {
      input: { metadata: { name: 'raw' } },
    });
  });

  test('label and annotate add, overwrite and remove', async () => {
    await session.inOrder([
      ['label deployment web tier=web owner=me', 'deployment.apps/web labeled'],
      ['label deployment web owner-', 'deployment.apps/web unlabeled'],
      ['label deployment web tier=back --overwrite', 'labeled'],
      ['label deployment web --list', 'tier=back'],
      ['label configmaps --all seen=yes', 'configmap/kube-root-ca.crt labeled'],
      ['label deployment web tier=x --overwrite --dry-run=client', 'labeled'],
      ["annotate deployment web note='two words'", 'annotated'],
      ['annotate deployment web note-', 'annotated'],
      ['annotate -f - by=file', 'annotated', web('demo:3')],
      ['annotate deployment web --list', 'by=file'],
      ['get deployment web -L tier', 'back'],
    ]);
    await session.allComplain([
      ['label deployment web tier=other', "'tier' already has a value (back), and --overwrite is false"],
      ["label deployment web tier='a b' --overwrite", 'a valid label must be an empty string or consist of'],
      ['label deployment web tier=x --overwrite --resource-version 1', 'the object has been modified'],
      ['annotate deployment web Bad_Key/x/y=z', 'a valid label key must consist of'],
    ]);
  });

  test('set changes images, environments, resources, accounts and subjects', async () => {
    await session.inOrder([
      ['create serviceaccount robot', 'created'],
      ['create rolebinding readers --clusterrole view --user jane', 'created'],
      ['create service clusterip web --tcp 80', 'created'],
      ['set image deployment/web web=demo:4 side=side:4', 'deployment.apps/web image updated'],
      ['set image deployment/web *=all:1', 'image updated'],
      [images, 'all:1 all:1'],
      ['set env deployment/web -c web COLOUR=red SIZE=3', 'env updated'],
      ['set env deployment/web SIZE-', 'env updated'],
      ['set env deployment/web --list', /# Deployment web, container web\nCOLOUR=red/],
      ['set env deployment/web --from configmap/kube-root-ca.crt --prefix CA_', 'env updated'],
      [
        'set resources deployment/web -c web --limits cpu=200m,memory=64Mi --requests cpu=100m',
        'resource requirements updated',
      ],
      [
        "get deployment web -o jsonpath='{.spec.template.spec.containers[0].resources}'",
        '{"limits":{"cpu":"200m","memory":"64Mi"},"requests":{"cpu":"100m"}}',
      ],
      ['set serviceaccount deployment/web robot', 'serviceaccount updated'],
      ['set subject rolebinding readers --user joe --serviceaccount changing:robot', 'subjects updated'],
      ['get rolebinding readers -o wide', /jane, joe +\S* *changing\/robot/],
      ["set selector service web 'app=web'", 'service/web selector updated'],
      ["get service web -o jsonpath='{.spec.selector}'", '{"app":"web"}'],
    ]);
    await session.complains('set image deployment/web nothere=x', 'unable to find container named "nothere"');
  });

  test('scale, autoscale and expose', async () => {
    await session.inOrder([
      ['scale deployment web --replicas 3', 'deployment.apps/web scaled'],
      ['scale deployment web --replicas 2 --current-replicas 3', 'scaled'],
      ['scale -f - --replicas 1', 'scaled', web('x')],
      ["get deployment web -o jsonpath='{.spec.replicas}'", '1'],
      [
        'autoscale deployment web --min 1 --max 4 --cpu-percent 70',
        'horizontalpodautoscaler.autoscaling/web autoscaled',
      ],
      ['get hpa web', /Deployment\/web +cpu: <unknown>\/70% +1 +4/],
      ['expose deployment web --port 80 --target-port 8080 --name shown', 'service/shown exposed'],
      ['expose deployment web --port 80 --type NodePort --name outside --labels a=b', 'service/outside exposed'],
      ["get service shown -o jsonpath='{.spec.selector} {.spec.ports[0].targetPort}'", '{"app":"web"} 8080'],
    ]);
    await session.allComplain([
      ['scale deployment web --replicas 5 --current-replicas 7', 'Expected replicas to be 7, was 1'],
      ['scale deployment web --replicas 5 --resource-version 1', 'Expected resource version to be 1'],
      ['scale deployment nothere --replicas 1', 'not found'],
      ['scale configmap kube-root-ca.crt --replicas 1', 'the server could not find the requested resource'],
      ['autoscale deployment web --max 0', 'must be'],
      ['expose configmap kube-root-ca.crt --port 80', 'cannot expose a ConfigMap'],
    ]);
  });
}
