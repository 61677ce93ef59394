import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type {
  ClusterRoleBinding,
  ConfigMap,
  Deployment,
  KubeObject,
  Namespace,
  Secret,
  Service,
  ServiceAccount,
} from '../../lib/kube/types.ts';
import { alertingConfigMap, logStoreSecret, logStoreService, systemNamespace } from '../../lib/names.ts';
import { logStoreServiceIP } from './addresses.ts';
import type { ClusterHome } from './cluster-home.ts';
import type { ClusterRecord } from './cluster-record.ts';
import { pkiFiles } from './pki-files.ts';
import { isOutside } from './store-access.ts';

const systemLabels = { 'app.kubernetes.io/part-of': 'vigil' } as const;
const storeLabels = { ...systemLabels, app: logStoreService.name } as const;
const platformImage = 'vigil:dev';
export const consoleAccount = 'console-admin';

/** What every cluster has in `vigil-system`, in the order in which it has to be made. */
export function systemObjects(home: ClusterHome, record: ClusterRecord): readonly KubeObject[] {
  const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } };
  return [
    namespace,
    ...consoleAccess(),
    alertingDefaults(),
    ...(hasOwnStore(record) ? [logStoreCredentials(home)] : []),
    ...(hasEmbeddedStore(record) ? [logStoreServiceObject(record), logStoreDeployment(home)] : []),
  ];
}

/** The store is a pod of the cluster, of whatever make. */
function hasOwnStore({ logStore, nodes }: ClusterRecord): boolean {
  return logStore !== 'none' && !isOutside(logStore) && nodes.length > 0;
}

export function hasEmbeddedStore(record: ClusterRecord): boolean {
  return record.logStore === 'embedded' && record.nodes.length > 0;
}

/** The account that `kctl token` gives tokens of. */
function consoleAccess(): readonly KubeObject[] {
  const account: ServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: consoleAccount, namespace: systemNamespace, labels: systemLabels },
  };
  const binding: ClusterRoleBinding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `vigil:${consoleAccount}`, labels: systemLabels },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: consoleAccount, namespace: systemNamespace }],
  };
  return [account, binding];
}

/** Empty: rules are on by default; webhooks and overrides are written here by the user. */
function alertingDefaults(): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: alertingConfigMap.name, namespace: alertingConfigMap.namespace, labels: systemLabels },
    data: { 'config.yaml': '# webhooks:\n#   - name: ops\n#     url: http://alerts.example:8080/hook\n' },
  };
}

function logStoreCredentials(home: ClusterHome): Secret {
  const pki = pkiFiles(home.pki);
  const encoded = (path: string) => readFileSync(path).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: logStoreSecret.name, namespace: systemNamespace, labels: systemLabels },
    type: 'Opaque',
    data: {
      'ca.crt': encoded(pki.ca.cert),
      'tls.crt': encoded(pki.logStore.cert),
      'tls.key': encoded(pki.logStore.key),
      apiKey: encoded(pki.logStoreApiKey),
    },
  };
}

function logStoreServiceObject(record: ClusterRecord): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: logStoreService.name, namespace: systemNamespace, labels: storeLabels },
    spec: {
      clusterIP: logStoreServiceIP(record.serviceSubnet),
      selector: { app: logStoreService.name },
      ports: [{ name: 'https', port: logStoreService.port, targetPort: 'https', protocol: 'TCP' }],
    },
  };
}

/** One pod that keeps its data on the machine; Recreate, because two must never write one folder. */
function logStoreDeployment(home: ClusterHome): Deployment {
  const probe = { httpGet: { path: '/_health', port: 'https', scheme: 'HTTPS' }, timeoutSeconds: 2 };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: logStoreService.name, namespace: systemNamespace, labels: storeLabels },
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { app: logStoreService.name } },
      template: {
        metadata: { labels: storeLabels },
        spec: {
          terminationGracePeriodSeconds: 15,
          containers: [
            {
              name: 'log-store',
              image: platformImage,
              imagePullPolicy: 'IfNotPresent',
              workingDir: '/vigil',
              command: [
                'node',
                '--max-semi-space-size=1',
                '--v8-pool-size=1',
                '--max-old-space-size=512',
                '--disable-warning=ExperimentalWarning',
                'log-store/main.ts',
              ],
              env: [
                { name: 'VIGIL_LOG_STORE_DATA_DIR', value: '/data' },
                { name: 'VIGIL_LOG_STORE_HOST', value: '0.0.0.0' },
                { name: 'VIGIL_LOG_STORE_PORT', value: String(logStoreService.port) },
                { name: 'VIGIL_LOG_STORE_TLS_CERT', value: '/credentials/tls.crt' },
                { name: 'VIGIL_LOG_STORE_TLS_KEY', value: '/credentials/tls.key' },
                { name: 'VIGIL_LOG_STORE_API_KEY_FILE', value: '/credentials/apiKey' },
                { name: 'MALLOC_ARENA_MAX', value: '2' },
                { name: 'UV_THREADPOOL_SIZE', value: '2' },
                { name: 'NODE_COMPILE_CACHE', value: '/compile-cache' },
              ],
              ports: [{ name: 'https', containerPort: logStoreService.port, protocol: 'TCP' }],
              readinessProbe: { ...probe, periodSeconds: 2, failureThreshold: 3 },
              livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
              resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '1Gi' } },
              volumeMounts: [
                { name: 'data', mountPath: '/data' },
                { name: 'compile-cache', mountPath: '/compile-cache' },
                { name: 'credentials', mountPath: '/credentials', readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'data', hostPath: { path: home.logStore, type: 'DirectoryOrCreate' } },
            // Compiled code may be shared: it is checked against the source it is of.
            {
              name: 'compile-cache',
              hostPath: { path: join(dirname(home.root), 'compile-cache', 'pods'), type: 'DirectoryOrCreate' },
            },
            { name: 'credentials', secret: { secretName: logStoreSecret.name, defaultMode: 0o400 } },
          ],
        },
      },
    },
  };
}
