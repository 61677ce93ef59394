/** `node-agent/main.ts --config FILE` (JSON). Paths are absolute. */
export interface NodeAgentConfig {
  readonly clusterName: string;
  readonly nodeName: string;
  /** Address of this node: the agent listens here on `port` (10250) and, for DNS, on port 53. The agent puts it on the bridge when missing. */
  readonly nodeIP: string;
  readonly port: number;
  readonly apiServer: string;
  readonly caCert: string;
  /** `CN=system:node:<name>, O=system:nodes`. Also the serving certificate (IP SAN nodeIP). */
  readonly cert: string;
  readonly key: string;
  /** Docker endpoint: `unix:///…` or `tcp://…`. */
  readonly dockerHost: string;
  readonly network: {
    /** Name of the Docker network; made when missing. */
    readonly name: string;
    /** Bridge interface, at most 15 characters. */
    readonly bridge: string;
    readonly subnet: string;
    readonly gateway: string;
  };
  /** Pod addresses are taken from here by static assignment; the first is nodeIP. */
  readonly podCIDR: string;
  readonly serviceSubnet: string;
  /** Name of the nftables table for Services; nodes that share an engine share the table. */
  readonly nftTable: string;
  readonly clusterDomain: string;
  /** Folder for pods' volumes, probe state, resolv.conf; survives restarts. */
  readonly stateDir: string;
  readonly sourcesDir: string;
  readonly recordsDir: string;
  /** What this node offers; absent = all of the machine divided by nothing. */
  readonly capacity?: { readonly cpu: string; readonly memory: string; readonly pods: number } | undefined;
  readonly profile: 'vigil' | 'kubernetes';
  readonly pauseImage: string;
  /** Back-off of containers that end again and again; below 10 s `maxContainerRestartPeriodMs` is the first delay too. Absent figures come from the profile. */
  readonly crashLoopBackOff?:
    | { readonly initialMs?: number | undefined; readonly maxContainerRestartPeriodMs?: number | undefined }
    | undefined;
  /** Kernel parameters that pods may set beside the safe ones, a `*` at the end for all that begin so. Only such as belong to a namespace. */
  readonly allowedUnsafeSysctls?: readonly string[] | undefined;
  /** JSON, written by the shipper; shown as the node conditions `vigil.dev/LogShipperBehind`, `LogLinesLost` and `LogDocumentsRefused`. */
  readonly shipperStatusFile?: string | undefined;
  /**
   * How long ended containers wait for their logs. They go when those are stored; after `heldAfterSeconds` (30) when the shipper holds their files; after
   * `removedAfterSeconds` (600) in any case; at once when less than `minFreePercent` (10) of the disk is free, or there is no `shipperStatusFile`.
   */
  readonly logRemoval?:
    | {
        readonly heldAfterSeconds?: number | undefined;
        readonly removedAfterSeconds?: number | undefined;
        readonly minFreePercent?: number | undefined;
      }
    | undefined;
  readonly logLevel?: string | undefined;
}
