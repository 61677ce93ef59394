/**
 * What `alerts.vigil.dev/v1` answers. Types only.
 *
 *     GET /apis/alerts.vigil.dev/v1/alerts/FINGERPRINT                     Alert
 *     GET /apis/alerts.vigil.dev/v1/alerts[?state=firing&namespace=NS]     AlertList: firing first, then pending, then resolved within the last hour
 *     GET /apis/alerts.vigil.dev/v1/namespaces/NS/alerts                   the same for whoever may see one namespace only
 *     GET /apis/alerts.vigil.dev/v1/alerts?watch=true                      AlertChange, one a line: first what there is, then each change
 */

/** `pending`: the condition holds, not yet for the rule's time. `firing`: told to the receivers. `resolved`: it fired and the condition is over. */
export type AlertState = 'pending' | 'firing' | 'resolved';
export type AlertSeverity = 'info' | 'warning' | 'critical';

/** What was seen when the alert was last evaluated while the condition held. */
export interface AlertEvidence {
  /** Last failing probe attempt. */
  readonly probe?:
    | {
        readonly type: string;
        readonly check: string;
        readonly output: string;
        readonly run: number;
        readonly threshold: number;
        readonly time: string;
      }
    | undefined;
  readonly exitCode?: number | undefined;
  /** Why the container ended: `OOMKilled`, `LivenessProbeFailed`, `Error`… */
  readonly reason?: string | undefined;
  readonly node?: string | undefined;
  readonly restartCount?: number | undefined;
  /** At most the last 20 lines of the container, oldest first. */
  readonly lastLines?: readonly string[] | undefined;
}

export interface Alert {
  /** Made from the labels: the same alert has the same fingerprint for ever. 16 hex digits. */
  readonly fingerprint: string;
  /** The rule: `ContainerProbeFailing`. Also `labels.alertname`. */
  readonly name: string;
  readonly state: AlertState;
  readonly severity: AlertSeverity;
  /** `alertname`, `severity`, and what it is about: `namespace`, `pod`, `container`, `node`, `service`… */
  readonly labels: Readonly<Record<string, string>>;
  /** `summary`, `description`. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly evidence: AlertEvidence;
  /** When the condition was first seen. */
  readonly activeAt: string;
  /** When it began to fire. */
  readonly firedAt?: string | undefined;
  readonly resolvedAt?: string | undefined;
  /** Name of the silence that keeps it from the receivers. */
  readonly silencedBy?: string | undefined;
  /** What became of the last notification, one entry a receiver. */
  readonly deliveries: readonly AlertDelivery[];
}

export interface AlertDelivery {
  readonly receiver: string;
  readonly time: string;
  readonly ok: boolean;
  /** Of the failure; empty when it was accepted. */
  readonly error: string;
}

export interface AlertList {
  readonly apiVersion: 'alerts.vigil.dev/v1';
  readonly kind: 'AlertList';
  readonly time: string;
  readonly items: readonly Alert[];
}

/** `GONE`: forgotten (it never fired, or was resolved more than an hour ago). `SYNC` ends what there was at the start;
 * a later one says that changes were lost and the list must be read again. */
export type AlertChange =
  | { readonly type: 'ALERT'; readonly alert: Alert }
  | { readonly type: 'GONE'; readonly fingerprint: string }
  | { readonly type: 'SYNC'; readonly time: string };
