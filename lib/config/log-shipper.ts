/** `log-shipper/main.ts --config FILE` (JSON). Paths are absolute. */
export interface LogShipperConfig {
  readonly clusterName: string;
  /** Folders of `LogSource` files, one a node. */
  readonly sourcesDirs: readonly string[];
  /** Folders of record spools (agents, control plane). */
  readonly recordsDirs: readonly string[];
  /** Checkpoints and the disk buffer. */
  readonly stateDir: string;
  readonly output: {
    readonly kind: 'elasticsearch' | 'opensearch';
    readonly url: string;
    /** Name to check the server's certificate against when the URL holds an address. */
    readonly serverName?: string | undefined;
    readonly caCert?: string | undefined;
    readonly clientCert?: string | undefined;
    readonly clientKey?: string | undefined;
    readonly apiKeyFile?: string | undefined;
    readonly username?: string | undefined;
    readonly passwordFile?: string | undefined;
  };
  /** Prometheus metrics and health on this loopback port. */
  readonly metricsPort?: number | undefined;
  readonly logLevel?: string | undefined;
}
