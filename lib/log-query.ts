/**
 * What can be asked of the stored logs. `query` is the text of the query language (`lib/log-query/parse-query.ts`); everything else narrows it. The control plane adds
 * the namespaces that the user may read.
 */
export interface LogQuery {
  readonly query?: string | undefined;
  /** Regular expressions on `message`, case-sensitive unless they begin with `(?i)`: all of `grep` must match, none of `exclude`. */
  readonly grep?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly dataset?: LogDataset | undefined;
  readonly pods?: readonly string[] | undefined;
  readonly podUids?: readonly string[] | undefined;
  readonly containers?: readonly string[] | undefined;
  readonly containerIds?: readonly string[] | undefined;
  readonly nodes?: readonly string[] | undefined;
  readonly workload?: { readonly kind: string; readonly name: string } | undefined;
  /** Kubernetes label selector: equality, `in`, `notin`, existence. */
  readonly labelSelector?: string | undefined;
  readonly stream?: 'stdout' | 'stderr' | undefined;
  /** `error`, `>=warn`, `warn,fatal`. */
  readonly level?: string | undefined;
  /** A time or a duration before now (`lib/log-query/instant.ts`). `since` is inclusive, `until` exclusive. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** At most 10,000; default 500. In a stream of pages: of all pages together, default all. */
  readonly size?: number | undefined;
  readonly order?: 'newest' | 'oldest' | undefined;
  /** Opaque; from a former answer. */
  readonly after?: string | undefined;
  /** So many lines before and after each hit, from the same container; at most 50. They are marked `isContext`. */
  readonly context?: number | undefined;
  /** `10s`, `1m`…: also count per interval and level. */
  readonly histogramInterval?: string | undefined;
  /** Also count the most frequent values of these fields (names as in queries), at most 8. */
  readonly top?: readonly { readonly field: string; readonly size?: number | undefined }[] | undefined;
  /** Also count by the combination of these fields, at most 3. */
  readonly groupBy?: readonly string[] | undefined;
  /** Also tell which fields the newest hits have. */
  readonly fields?: boolean | undefined;
  /** Whole documents with the hits; always so for datasets other than containers. */
  readonly source?: boolean | undefined;
}

export const logDatasets = ['containers', 'probes', 'terminations', 'events', 'decisions', 'deadletter'] as const;
export type LogDataset = (typeof logDatasets)[number];

/** Bounds of a query, the same for whoever asks. */
export const logQueryLimits = {
  size: 10_000,
  context: 50,
  top: 8,
  topValues: 100,
  groupBy: 3,
  groups: 1000,
  patterns: 16,
} as const;

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
  /** Stands near a line that was looked for, and was not itself. */
  readonly isContext?: boolean | undefined;
  /** The whole document, where it was asked for. */
  readonly source?: Readonly<Record<string, unknown>> | undefined;
}

/** Lines in one interval of a histogram. */
export interface LogBar {
  readonly time: string;
  readonly count: number;
  readonly byLevel: Readonly<Record<string, number>>;
}

export interface TopValues {
  readonly field: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** Lines with other values. */
  readonly other: number;
}

export interface LogGroup {
  /** The values of the `groupBy` fields, in their order. */
  readonly values: readonly string[];
  readonly count: number;
  /** Time of the newest line. */
  readonly last: string;
}

export interface LogFieldSummary {
  /** As queries name it. */
  readonly name: string;
  /** Of the sampled lines, how many have it. */
  readonly count: number;
  /** Its most frequent values among them. */
  readonly examples: readonly string[];
}

export interface LogResult {
  readonly hits: readonly LogHit[];
  readonly total: { readonly value: number; readonly exact: boolean };
  readonly next?: string | undefined;
  readonly histogram?: readonly LogBar[] | undefined;
  readonly top?: readonly TopValues[] | undefined;
  readonly groups?: readonly LogGroup[] | undefined;
  readonly fields?: { readonly sampled: number; readonly fields: readonly LogFieldSummary[] } | undefined;
  /** Where the lines came from: the store, or which nodes when the store is away. */
  readonly from: readonly string[];
}

/**
 * One line of a streamed search (`POST …/search?stream=true`). `next` goes on behind this page, also after the connection broke; the last page has none, unless the
 * stream ended early: at its bound, or with `problem`.
 */
export interface LogPage {
  readonly hits: readonly LogHit[];
  readonly next?: string | undefined;
  /** Nothing was found since the page before, and the search goes on. */
  readonly isWaiting?: boolean | undefined;
  readonly problem?: string | undefined;
}
