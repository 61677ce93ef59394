import { readFileSync } from 'node:fs';
import { pkiFiles } from './pki-files.ts';

/** The administrator's kubeconfig with everything embedded, so that the file can be copied away. */
export function kubeconfigText(clusterName: string, server: string, pkiFolder: string): string {
  const pki = pkiFiles(pkiFolder);
  const embed = (path: string) => readFileSync(path).toString('base64');
  return `apiVersion: v1
kind: Config
current-context: ${clusterName}
clusters:
  - name: ${clusterName}
    cluster:
      server: ${server}
      certificate-authority-data: ${embed(pki.ca.cert)}
contexts:
  - name: ${clusterName}
    context: {cluster: ${clusterName}, user: ${clusterName}-admin}
users:
  - name: ${clusterName}-admin
    user:
      client-certificate-data: ${embed(pki.admin.cert)}
      client-key-data: ${embed(pki.admin.key)}
`;
}
