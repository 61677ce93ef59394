import { expect, test } from 'vitest';
import type { KubectlSession } from './session.ts';

const map = (name: string, data: object, labels: object = { set: 'maps' }) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels },
  data,
});
const list = (...items: object[]) => ({ apiVersion: 'v1', kind: 'List', items });

/** `kubectl apply` on both sides, `diff`, pruning, and kustomize. */
export function applying(root: () => KubectlSession): void {
  let session: KubectlSession;
  const data = "get configmap one -o jsonpath='{.data}'";

  test('apply makes, changes and leaves objects alone', async () => {
    session = await root().in('applying');
    await session.inOrder([
      ['apply -f -', 'configmap/one created', map('one', { a: '1', b: '2' })],
      ['apply -f -', 'configmap/one unchanged', map('one', { a: '1', b: '2' })],
      ['diff -f -', '', map('one', { a: '1', b: '2' })],
      ['apply -f - --dry-run=server', 'configmap/one configured (server dry run)', map('one', { a: '3' })],
      ['apply -f - --dry-run=client', 'configmap/one configured (dry run)', map('one', { a: '3' })],
      ['patch configmap one --type merge -p {"data":{"c":"theirs"}}', 'patched'],
      // What was applied and is no longer wanted goes; what others added stays.
      ['apply -f -', 'configmap/one configured', map('one', { a: '3' })],
      [data, '{"a":"3","c":"theirs"}'],
    ]);
    const { code, stdout } = await session.run('diff -f -', { input: map('one', { a: '4' }) });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^- +a: "3"\n\+ +a: "4"$/m);
  });

  test('apply remembers what was applied last', async () => {
    await session.says('create configmap bare --from-literal x=y', 'created');
    await session.file('bare.json', map('bare', { x: 'z' }, {}));
    await session.file('editor.sh', '#!/bin/sh\nsed -i "s/three/four/" "$1"\n');
    await session.inOrder([
      ['apply view-last-applied configmap one', 'a: "3"'],
      ['apply view-last-applied configmap/one -o json', '"a": "3"'],
      ['apply set-last-applied -f bare.json --create-annotation', 'configmap/bare configured'],
      ['apply view-last-applied configmap bare', 'x: z'],
      ['apply -f -', 'configured', map('one', { a: 'three' })],
    ]);
    await session.says('apply edit-last-applied configmap/one', 'configmap/one edited', {
      env: { KUBE_EDITOR: `${session.dir}/editor.sh` },
    });
    await session.says('apply view-last-applied configmap/one', 'a: four');
    await session.complains('apply set-last-applied -f bare.json --dry-run=bad', 'Invalid dry-run value');
  });

  test('apply --prune removes what is no longer in the set', async () => {
    await session.inOrder([
      ['apply -f -', 'configmap/two created', list(map('one', { a: '5' }), map('two', {}))],
      [
        'apply -f - --prune -l set=maps --prune-allowlist core/v1/ConfigMap',
        'configmap/two pruned',
        map('one', { a: '5' }),
      ],
      ['get configmaps -l set=maps -o name', /^configmap\/one\n$/],
    ]);
    const applyset = (...items: object[]): readonly [string, { input: object; env: Record<string, string> }] => [
      'apply -f - --prune --applyset applied-set',
      { input: list(...items), env: { KUBECTL_APPLYSET: 'true' } },
    ];
    const [command, both] = applyset(map('three', {}, {}), map('four', {}, {}));
    await session.says(command, 'configmap/four created', both);
    await session.says(command, 'configmap/four pruned', applyset(map('three', {}, {}))[1]);
    await session.says("get secret applied-set -o jsonpath='{.metadata.labels}'", 'applyset.kubernetes.io/id');
    await session.says('get configmaps -l applyset.kubernetes.io/part-of -o name', /^configmap\/three\n$/);
  });

  test('apply --server-side knows who manages what', async () => {
    const red = map('shared', { colour: 'red' });
    const blue = map('shared', { colour: 'blue' });
    const nothing = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shared' } };
    await session.inOrder([
      ['apply --server-side --field-manager one -f -', 'configmap/shared serverside-applied', red],
      ['apply --server-side --field-manager two -f -', 'configmap/shared serverside-applied', red],
      ['diff --server-side --field-manager two -f -', '', red],
    ]);
    await session.complains('apply --server-side --field-manager two -f -', 'conflict with "one": .data.colour', {
      input: blue,
    });
    await session.inOrder([
      ['apply --server-side --field-manager two --force-conflicts -f -', 'serverside-applied', blue],
      ["get configmap shared -o jsonpath='{.data}'", '{"colour":"blue"}'],
      ['apply --server-side --field-manager one -f -', 'serverside-applied', nothing],
      ["get configmap shared --show-managed-fields -o jsonpath='{.metadata.managedFields[*].manager}'", 'two'],
      [
        'apply --server-side --dry-run=server -f -',
        'configmap/nowhere serverside-applied (server dry run)',
        map('nowhere', {}),
      ],
      // From applying on the client to applying on the server.
      ['apply --server-side -f -', 'configmap/one serverside-applied', map('one', { a: '6' })],
    ]);
    await session.complains('get configmap nowhere', 'not found');
  });

  test('apply refuses what the kind does not have, or warns of it', async () => {
    const odd = { ...map('odd', {}), datta: { a: 'b' } };
    await session.complains('apply -f -', 'unknown field "datta"', { input: odd });
    const warned = await session.run('apply --validate=warn -f -', { input: odd });
    expect(warned).toMatchObject({ code: 0, stderr: 'Warning: unknown field "datta"\n' });
    await session.says('apply --validate=ignore -f -', 'configmap/odd', { input: odd });
    await session.complains('apply -f -', 'no matches for kind "Chair" in version "v1"', {
      input: { apiVersion: 'v1', kind: 'Chair', metadata: { name: 'x' } },
    });
    await session.complains('apply -f -', 'apiVersion not set', {
      input: { kind: 'ConfigMap', metadata: { name: 'x' } },
    });
    await session.complains('apply -f nothere.yaml', 'does not exist');
    await session.complains(
      'apply -n default -f -',
      'the namespace from the provided object "applying" does not match the namespace "default"',
      {
        input: { ...map('x', {}), metadata: { name: 'x', namespace: 'applying' } },
      },
    );
  });

  test('kustomize builds, -k applies, diffs, gets and deletes', async () => {
    await session.file('kustomization.yaml', {
      namePrefix: 'made-',
      namespace: 'applying',
      configMapGenerator: [{ name: 'generated', literals: ['a=b'] }],
      resources: ['base.json'],
      images: [{ name: 'demo', newTag: '7' }],
    });
    await session.file('base.json', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pod' },
      spec: { containers: [{ name: 'a', image: 'demo:1' }] },
    });
    await session.inOrder([
      ['kustomize .', /name: made-generated-\w+[^]*name: made-pod[^]*image: demo:7/],
      ['apply -k .', /configmap\/made-generated-\w+ created\npod\/made-pod created/],
      // What the scheduler writes in between is a difference too.
      ['wait pod/made-pod --for condition=PodScheduled=false --timeout 60s', 'condition met'],
      ['diff -k .', ''],
      ['get -k . -o name', /configmap\/made-generated-\w+\npod\/made-pod/],
      ['delete -k .', 'pod "made-pod" deleted'],
    ]);
  });
}
