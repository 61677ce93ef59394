import { test } from 'vitest';
import { mustRun } from '../../../support/run-program.ts';
import type { KubectlSession } from './session.ts';

const roles = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: editor, namespace: rights}
rules: [{apiGroups: [''], resources: [configmaps], verbs: ['*']}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: editors, namespace: rights}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: editor}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}]
`;

/** Who may what: `auth`, impersonation, certificates. */
export function rights(root: () => KubectlSession): void {
  let session: KubectlSession;
  let bob = '';

  test('auth whoami and can-i say who asks and what he may', async () => {
    session = await root().in('rights');
    bob = await session.server.writeKubeconfig('bob', ['devs']);
    await session.inAnyOrder([
      ['auth whoami', /Username +admin\nGroups +\[system:masters system:authenticated\]/],
      ["auth whoami -o jsonpath='{.status.userInfo.username}'", 'admin'],
      ['auth whoami --as bob --as-group devs', /Username +bob\nGroups +\[devs system:authenticated\]/],
      ['auth can-i create deployments.apps', /^yes\n$/],
      ["auth can-i '*' '*'", /^yes\n$/],
      ['auth can-i get /metrics', /^yes\n$/],
      ['auth can-i list pods --subresource log -A', /^yes\n$/],
      ['auth can-i --list', /\*\.\* +\[\] +\[\] +\[\*\]/],
      ['auth can-i --list --as bob', /selfsubjectreviews.authentication.k8s.io +\[\] +\[\] +\[create\]/],
    ]);
    await session.complains('auth can-i create pods --as bob', '');
    await session.says('auth can-i create pods', 'yes', {});
  });

  test('auth reconcile makes roles and bindings what they should be', async () => {
    await session.inOrder([
      ['auth reconcile -f -', 'role.rbac.authorization.k8s.io/editor reconciled', roles],
      ['auth reconcile -f - --remove-extra-permissions --remove-extra-subjects', '/editors reconciled', roles],
      ['auth can-i create configmaps --as bob', 'yes'],
      ['create configmap mine --as bob', 'configmap/mine created'],
    ]);
    await session.says('delete configmap mine', 'deleted', { kubeconfig: bob });
    await session.complains(
      'get secrets --as bob',
      'User "bob" cannot list resource "secrets" in API group "" in the namespace "rights"',
    );
    await session.complains(
      'get nodes',
      'nodes is forbidden: User "bob" cannot list resource "nodes" in API group "" at the cluster scope',
      { kubeconfig: bob },
    );
    await session.complains(
      'get pods --as jane',
      'User "bob" cannot impersonate resource "users" in API group "" at the cluster scope',
      { kubeconfig: bob },
    );
  });

  test('nobody gives rights that he does not hold', async () => {
    await session.says('create rolebinding bob-admin --clusterrole admin --user bob', 'created');
    await session.says('create role small --verb get --resource pods', 'created', { kubeconfig: bob });
    await session.complains(
      "create role all --verb '*' --resource nodes",
      'is attempting to grant RBAC permissions not currently held',
      { kubeconfig: bob },
    );
    await session.complains(
      'create clusterrole all --verb get --resource nodes',
      'cannot create resource "clusterroles"',
      { kubeconfig: bob },
    );
  });

  test('certificate approve signs and deny refuses', async () => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];
    const csr = await mustRun('openssl', ['req', '-new', ...key, '-subj', '/CN=jane']);
    const request = (name: string) => ({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: {
        request: Buffer.from(csr).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client',
        usages: ['client auth'],
      },
    });
    await session.inOrder([
      ['apply -f -', 'created', request('jane')],
      ['apply -f -', 'created', request('joe')],
      ['get csr', /jane +\d+s +kubernetes.io\/kube-apiserver-client +admin +<none> +Pending/],
      ['certificate approve jane', 'certificatesigningrequest.certificates.k8s.io/jane approved'],
      ['certificate deny joe', 'joe denied'],
      ["wait csr/jane --for jsonpath='{.status.certificate}' --timeout 20s", 'condition met'],
      ['get csr jane joe', /jane +.* Approved,Issued\njoe +.* Denied/],
      ['describe csr jane', /Status: +Approved,Issued/],
      ['delete csr jane joe', 'deleted'],
    ]);
    await session.complains('certificate approve nothere', 'not found');
  });
}
