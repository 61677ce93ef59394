import type { Alert } from '../../lib/alerts-api.ts';
import type { Clock } from '../../lib/clock.ts';
import type { EventSubject } from '../../lib/kube/event-recorder.ts';
import { nodes, pods, services } from '../../lib/kube/resources.ts';
import type { Logger } from '../../lib/log.ts';
import { decisionDocument } from '../../lib/signals/record-document.ts';
import type { RecordWriter } from '../../lib/signals/record-writer.ts';
import type { AlertInstance } from './alert-rule.ts';

const resourceOf = { Pod: pods, Node: nodes, Service: services } as const;

export interface AlertTellerOptions {
  readonly records: RecordWriter;
  readonly events: { event(subject: EventSubject, type: 'Normal' | 'Warning', reason: string, message: string): void };
  readonly clusterName: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Tells that an alert began or ceased to fire: a record with all evidence, and an Event on the object. */
export class AlertTeller {
  readonly #options: AlertTellerOptions;

  constructor(options: AlertTellerOptions) {
    this.#options = options;
  }

  tell(alert: Alert, instance: AlertInstance): void {
    const { records, events, clusterName, clock, log } = this.#options;
    const isFiring = alert.state === 'firing';
    const decision = isFiring ? 'AlertFired' : 'AlertResolved';
    const words = isFiring ? `firing (${alert.severity})` : 'resolved';
    const reason = `${alert.name} ${words}: ${alert.annotations['summary'] ?? ''}`;
    log.info({ alert: alert.name, state: alert.state, labels: alert.labels }, 'alert changed');
    const document = decisionDocument(
      {
        type: 'decision',
        time: new Date(clock.now()).toISOString(),
        decision,
        component: 'alerts',
        object: instance.object,
        ...(instance.workload ? { workload: instance.workload } : {}),
        ...(alert.evidence.node ? { node: alert.evidence.node } : {}),
        reason,
        evidence: { fingerprint: alert.fingerprint, labels: alert.labels, ...alert.annotations, ...alert.evidence },
      },
      clusterName,
    );
    records.append('decisions', document);
    const { kind, namespace, name, uid } = instance.object;
    const resource = resourceOf[kind as keyof typeof resourceOf];
    if (!resource) return;
    const object = { metadata: { name, ...(namespace ? { namespace } : {}), ...(uid ? { uid } : {}) } };
    events.event({ resource, object }, isFiring ? 'Warning' : 'Normal', decision, reason);
  }
}
