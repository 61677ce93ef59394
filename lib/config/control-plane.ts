/** How etcd is reached. Paths are absolute. */
export interface EtcdConfig {
  /** `https://10.0.0.1:2379`, each a member; the next is asked when one does not answer. */
  readonly endpoints: readonly string[];
  /** Before every key: several clusters may share one etcd. Begins and ends with a slash. */
  readonly prefix: string;
  readonly caCert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** `control-plane/main.ts --config FILE` (JSON). Paths are absolute. */
export interface ControlPlaneConfig {
  readonly clusterName: string;
  /** Addresses to listen on, e.g. `127.0.0.1` and the gateway of the pod network. */
  readonly listen: readonly string[];
  /** 0 = any free port (tests); the chosen one is logged and kept in `Component` state. */
  readonly port: number;
  /** What clients are told, e.g. `https://127.0.0.1:6443`. */
  readonly advertiseURL: string;
  /** `memory` loses everything at exit: tests only. */
  readonly store:
    | { readonly engine: 'memory' }
    | { readonly engine: 'sqlite'; readonly path: string }
    | ({ readonly engine: 'etcd' } & EtcdConfig);
  /** An `EncryptionConfiguration` (YAML or JSON): which kinds are encrypted in the store, and by which keys. Without one nothing is. */
  readonly encryptionConfigFile?: string | undefined;
  readonly pki: {
    readonly caCert: string;
    readonly caKey: string;
    readonly servingCert: string;
    readonly servingKey: string;
    /** Client certificate towards agents. */
    readonly agentClientCert: string;
    readonly agentClientKey: string;
    /**
     * As whom aggregated API servers know this one. They believe whoever shows `clientCert` what users he speaks for, so it is signed by a CA of its own that signs
     * nothing else. Absent: they are asked without a certificate.
     */
    readonly frontProxy?:
      | { readonly caCert: string; readonly clientCert: string; readonly clientKey: string }
      | undefined;
    /** EC P-256 key (PKCS#8 PEM) that signs service-account tokens. */
    readonly serviceAccountKey: string;
  };
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  /** ClusterIP of `default/kubernetes`: the first address of the service subnet; its endpoints are the non-loopback listen addresses. */
  readonly kubernetesServiceIP: string;
  /** Folder of the record spool (events, decisions, audit). */
  readonly recordsDir: string;
  /** `cluster`: through the endpoints of the Service `elasticsearch` in `vigil-system`; or an outside Elasticsearch/OpenSearch; or none. */
  readonly logStore: LogStoreTarget | { readonly kind: 'none' };
  /** An audit policy (`audit.k8s.io/v1`, YAML); without one, writes and looks at secrets are kept. */
  readonly auditPolicyFile?: string | undefined;
  /** An AuthenticationConfiguration (`apiserver.config.k8s.io/v1`, YAML or JSON): whose tokens are taken beside this cluster's own. */
  readonly authenticationConfigFile?: string | undefined;
  /** Folder with the console's files. */
  readonly consoleDir?: string | undefined;
  readonly profile: 'vigil' | 'kubernetes';
  readonly logLevel?: string | undefined;
}

interface LogStoreAccess {
  readonly caCert?: string | undefined;
  readonly apiKeyFile?: string | undefined;
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
}

export type LogStoreTarget =
  /** Without a CA it is asked in the open. */
  (LogStoreAccess & { readonly kind: 'cluster' }) | (LogStoreAccess & { readonly kind: 'url'; readonly url: string });
