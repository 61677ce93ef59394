import type { Clock } from '../../lib/clock.ts';
import type { EventSubject } from '../../lib/kube/event-recorder.ts';
import { decisionDocument } from '../../lib/signals/record-document.ts';
import type { RecordWriter } from '../../lib/signals/record-writer.ts';
import type { DecisionRecord } from '../../lib/signals/records.ts';

/** The part of the event recorder that decisions need: never waits, never throws. */
export interface EventSink {
  event(subject: EventSubject, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

export interface Decided extends Omit<DecisionRecord, 'type' | 'time' | 'component'> {
  readonly eventType: 'Normal' | 'Warning';
  /** Whose Events say so. */
  readonly on: readonly EventSubject[];
}

/** Tells a decision of the health loop to everybody at once: a record with the evidence and an Event on each object concerned. */
export class Decisions {
  readonly #records: RecordWriter;
  readonly #events: EventSink;
  readonly #clock: Clock;
  readonly #clusterName: string;

  constructor(options: {
    readonly records: RecordWriter;
    readonly events: EventSink;
    readonly clock: Clock;
    readonly clusterName: string;
  }) {
    this.#records = options.records;
    this.#events = options.events;
    this.#clock = options.clock;
    this.#clusterName = options.clusterName;
  }

  tell(decided: Decided): void {
    const { eventType, on, ...rest } = decided;
    const time = new Date(this.#clock.now()).toISOString();
    const record: DecisionRecord = { type: 'decision', time, component: 'health', ...rest };
    this.#records.append('decisions', decisionDocument(record, this.#clusterName));
    for (const subject of on) this.#events.event(subject, eventType, decided.decision, decided.reason);
  }
}
