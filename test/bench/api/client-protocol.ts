/** Where the server is, and as whom its client comes. PEM. */
export interface ServerAddress {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What the client process is asked for: one JSON text a line on its standard input. */
export type ClientTask =
  /** `count` requests of one sort on `connections` keep-alive connections; `watches`: with one watch open that takes the time of each event. */
  | {
      readonly kind: 'requests';
      readonly request: 'create' | 'get' | 'list' | 'patch status';
      readonly count: number;
      readonly connections: number;
      readonly watches?: boolean;
    }
  /** Opens watches of the pods of one namespace, each on a connection of its own. */
  | { readonly kind: 'open watches'; readonly watches: number }
  /** Creates pods in that namespace one after the other, each when all watchers have seen the one before. */
  | { readonly kind: 'fan out'; readonly events: number }
  /** Registers nodes with their leases, then pods that run on them. The leases are renewed from then on, as agents do it, until the process ends. */
  | {
      readonly kind: 'populate';
      readonly nodes: number;
      readonly pods: number;
      readonly leaseRenewMs: number;
      readonly leaseDurationMs: number;
    };

export interface ClientResult {
  readonly count: number;
  /** Requests that were refused, or events that never came. */
  readonly failed: number;
  /** The status of the first that was refused. */
  readonly refusal?: number | undefined;
  readonly elapsedMs: number;
  /** From sending to the last byte of the answer. */
  readonly latenciesMs: readonly number[];
  /**
   * From the last byte of the answer to a create, to the watcher's last byte of the event; 0 when the event was first. With `fan out`, from the sending of the
   * request.
   */
  readonly eventLagsMs: readonly number[];
  /** Bytes of the largest answer's body. */
  readonly bodyBytes: number;
  /** The client's own. */
  readonly cpuSeconds: number;
}
