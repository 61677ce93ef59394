/** `log-shipper/main.ts --config FILE` (JSON). Paths are absolute. */
export interface LogShipperConfig {
  readonly clusterName: string;
  /** Folders of `LogSource` files, one a node. */
  readonly sourcesDirs: readonly string[];
  /** Folders of record spools (agents, control plane). */
  readonly recordsDirs: readonly string[];
  /** Folders of container logs that nobody announces: found and named from what is in them. */
  readonly containersDirs?: readonly string[] | undefined;
  /** Ends when everything that is there is acknowledged by every required output. Logs are read as if nothing more were written. */
  readonly once?: boolean | undefined;
  /** How files are kept until they are shipped. */
  readonly holds?: HoldsConfig | undefined;
  /** Checkpoints and status. */
  readonly stateDir: string;
  /** Where everything goes, to each at its own pace. At least one is required. */
  readonly outputs: readonly OutputConfig[];
  /** Prometheus metrics and health on this port. */
  readonly metricsPort?: number | undefined;
  /** The address for it; loopback unless said. */
  readonly metricsHost?: string | undefined;
  readonly logLevel?: string | undefined;
}

/**
 * What keeps log files that were rotated or deleted before they are shipped. Beyond a bound the oldest are given up: counted, logged, in the metrics and the status.
 */
export interface HoldsConfig {
  /** Folder of the hard links: on the file system of the logs and in one mount with them. Default `holds` in the state folder. */
  readonly dir?: string | undefined;
  /** Of files that nobody else has any more. Default 4 GiB. */
  readonly maxBytes?: number | undefined;
  /** Default 24. */
  readonly maxAgeHours?: number | undefined;
  /** Of the disk. Default 10. */
  readonly minFreePercent?: number | undefined;
}

export type OutputConfig = ElasticsearchOutputConfig | OtlpOutputConfig | StdoutOutputConfig;

interface NamedOutput {
  /** Names checkpoints, metrics and status: lower-case letters, digits and dashes. Under another name, everything that is still there is sent again. */
  readonly name: string;
  /** Default true: files are kept until this output has them. */
  readonly required?: boolean | undefined;
}

/** How a server is reached over HTTP. Files are read again when they change. */
export interface HttpOutputConfig extends NamedOutput {
  readonly url: string;
  /** Name to check the server's certificate against when the URL holds an address. */
  readonly serverName?: string | undefined;
  readonly caCert?: string | undefined;
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  /** Of request bodies. Default `none`: on one machine, compressing costs more than sending. */
  readonly compression?: Compression | undefined;
}

export type Compression = 'none' | 'gzip' | 'zstd';

/** Elasticsearch 8 and 9, OpenSearch 2 and 3, and the embedded store. */
export interface ElasticsearchOutputConfig extends HttpOutputConfig {
  readonly kind: 'elasticsearch' | 'opensearch';
  readonly apiKeyFile?: string | undefined;
  /** Has the server delete old data. Without it no policy is installed. */
  readonly retention?: RetentionConfig | undefined;
}

/** When the server begins a new index and deletes an old one, in its own words: `30d`, `12h`; `25gb`. */
export interface RetentionConfig {
  readonly maxAge: string;
  /** Default `1d`. */
  readonly rolloverAge?: string | undefined;
  /** Default `25gb`. */
  readonly rolloverSize?: string | undefined;
}

/** Anything that takes OTLP over HTTP; documents go to `<url>/v1/logs`. */
export interface OtlpOutputConfig extends HttpOutputConfig {
  readonly kind: 'otlp';
  readonly bearerTokenFile?: string | undefined;
}

/** A document a line on standard output. What a killed run had written but not noted is written again, with the same `_id`. */
export interface StdoutOutputConfig extends NamedOutput {
  readonly kind: 'stdout';
}
