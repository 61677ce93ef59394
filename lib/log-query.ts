/**
 * One query language for kctl and the console. `query` is a Lucene query string over ECS fields (`message:timeout AND log.level:error`; a bare word searches `message`);
 * everything else narrows it. The control plane adds the namespaces that the user may read.
 */
export interface LogQuery {
  readonly query?: string | undefined;
  /** Case-sensitive regular expressions on `message`, applied after the store's own match. */
  readonly grep?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly dataset?: 'containers' | 'probes' | 'terminations' | 'events' | 'decisions' | undefined;
  readonly pods?: readonly string[] | undefined;
  readonly podUids?: readonly string[] | undefined;
  readonly containers?: readonly string[] | undefined;
  readonly containerIds?: readonly string[] | undefined;
  readonly nodes?: readonly string[] | undefined;
  readonly workload?: { readonly kind: string; readonly name: string } | undefined;
  /** Kubernetes label selector, equality terms only. */
  readonly labelSelector?: string | undefined;
  readonly stream?: 'stdout' | 'stderr' | undefined;
  readonly level?: string | undefined;
  /** RFC 3339 or a duration before now (`10m`). `since` is inclusive, `until` exclusive. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** At most 10,000; default 500. */
  readonly size?: number | undefined;
  readonly order?: 'newest' | 'oldest' | undefined;
  /** Opaque; from a former answer. */
  readonly after?: string | undefined;
  /** `10s`, `1m`…: also count per interval and level. */
  readonly histogramInterval?: string | undefined;
}

/** One stored line. */
export interface LogHit {
  /** `logRecordId` for container lines. */
  readonly id: string;
  readonly time: string;
  readonly message: string;
  readonly stream?: string | undefined;
  readonly level?: string | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly containerId: string;
  readonly node: string;
  readonly restartCount: number;
  readonly workload?: { readonly kind: string; readonly name: string } | undefined;
  /** The whole document, for datasets other than containers. */
  readonly source?: Readonly<Record<string, unknown>> | undefined;
}

export interface LogResult {
  readonly hits: readonly LogHit[];
  readonly total: { readonly value: number; readonly exact: boolean };
  readonly next?: string | undefined;
  readonly histogram?:
    | readonly { readonly time: string; readonly count: number; readonly byLevel: Readonly<Record<string, number>> }[]
    | undefined;
  /** Where the lines came from: the store, or which nodes when the store is away. */
  readonly from: readonly string[];
}
