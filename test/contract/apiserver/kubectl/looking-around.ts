import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { KubectlSession } from './session.ts';

/** What the cluster is and serves, and what kubectl does by itself. */
export function lookingAround(root: () => KubectlSession): void {
  test('version and cluster-info say who serves', async () => {
    const session = root();
    await session.inAnyOrder([
      ['version', /Client Version: v1\.\d+[^]*Server Version: v1\.36\.0/],
      ['version -o json', '"platform"'],
      ['version --client', 'Client Version'],
      ['cluster-info', 'Kubernetes control plane is running at https://127.0.0.1'],
      [`cluster-info dump --output-directory ${session.dir}/dump --namespaces default`, 'Cluster info dumped to'],
    ]);
    expect(existsSync(join(session.dir, 'dump/default/services.json'))).toBe(true);
  });

  test('api-resources and api-versions say what is served', () =>
    root().inAnyOrder([
      ['api-resources', /^deployments +deploy +apps\/v1 +true +Deployment$/m],
      ['api-resources --namespaced=false -o name', /^(?=[^]*nodes\n)(?![^]*\npods\n)/],
      [
        'api-resources --api-group apps -o wide',
        /deployments .*create,delete,deletecollection,get,list,patch,update,watch +all/,
      ],
      ['api-resources --verbs list,get --sort-by name --no-headers', /^\S+ [^\n]*\n/],
      ['api-resources --categories all -o name', 'deployments.apps'],
      ['api-resources --cached', 'configmaps'],
      ['api-versions', /^apps\/v1$[^]*^v1$/m],
    ]));

  test('config keeps clusters, users and contexts', async () => {
    const session = root();
    const kubeconfig = join(session.dir, 'config');
    const rows = [
      [
        `config set-cluster there --server ${session.server.url} --certificate-authority ${session.server.dir}/pki/ca.crt`,
        'Cluster "there" set.',
      ],
      [
        `config set-credentials me --client-certificate ${session.server.dir}/admin.crt --client-key ${session.server.dir}/admin.key`,
        'User "me" set.',
      ],
      ['config set-context way --cluster there --user me', 'Context "way" created.'],
      ['config use-context way', 'Switched to context "way".'],
      ['config current-context', 'way'],
      ['config get-contexts -o name', 'way'],
      ['config get-clusters', 'there'],
      ['config get-users', 'me'],
      ['config set contexts.way.namespace kube-system', 'Property "contexts.way.namespace" set.'],
      ['config view --minify', 'namespace: kube-system'],
      ['get namespace kube-system', 'Active'],
      ['config unset contexts.way.namespace', 'unset.'],
      ['config rename-context way path', 'renamed to "path"'],
      ['config delete-context path', 'deleted context path'],
      ['config delete-user me', 'deleted user me'],
      ['config delete-cluster there', 'deleted cluster there'],
    ] as const;
    for (const [command, says] of rows) await session.says(command, says, { kubeconfig });
  });

  test('plugins, options, help and completion', async () => {
    const session = root();
    await session.file('kubectl-hello', '#!/bin/sh\necho hello from a plugin\n');
    const env = { PATH: `${session.dir}:${process.env['PATH'] ?? ''}` };
    await session.says('plugin list', 'kubectl-hello', { env });
    await session.inAnyOrder([
      ['options', '--as-group'],
      ['help', 'kubectl controls the Kubernetes cluster manager'],
      ['create --help', 'Create a resource from a file or from stdin'],
      ['completion bash', 'bash completion'],
      ['completion zsh', '#compdef kubectl'],
      ['__complete get configmaps kube-root-ca', 'kube-root-ca.crt'],
      ['__complete get deploym', 'deployments'],
    ]);
  });

  test('complains when the server is not there, or does not know the user', () =>
    root().allComplain([
      ['get pods --server https://127.0.0.1:1 --request-timeout 2s', /refused|Unable to connect/],
      [
        `--kubeconfig /dev/null --server ${root().server.url} --certificate-authority ${root().server.dir}/pki/ca.crt --token wrong get pods`,
        'You must be logged in to the server',
      ],
      [`--kubeconfig /dev/null --server ${root().server.url} get pods --token x`, 'certificate'],
      ['get pods --nothing', 'unknown flag: --nothing'],
    ]));
}
