import type { Pod } from '../../lib/kube/types.ts';
import type { ProbeRecord } from '../../lib/signals/records.ts';
import type { EventSink } from '../pods/event-sink.ts';
import type { SignalLog } from '../signals/signal-log.ts';
import type { ProbeListener } from './probe-manager.ts';
import type { ProbeHistory } from './probe-ring.ts';

export interface ProbeReporterOptions {
  readonly signals: SignalLog;
  readonly history: ProbeHistory;
  readonly events: EventSink;
  readonly observe: (record: ProbeRecord) => void;
  readonly onChange: (podUid: string) => void;
}

const titles = { liveness: 'Liveness', readiness: 'Readiness', startup: 'Startup' } as const;

/** Tells everybody who wants to know of each probe attempt: signals, history, metrics, Events. */
export class ProbeReporter implements ProbeListener {
  readonly #options: ProbeReporterOptions;

  constructor(options: ProbeReporterOptions) {
    this.#options = options;
  }

  onAttempt(pod: Pod, record: ProbeRecord, isWarning: boolean): void {
    const { signals, history, events, observe } = this.#options;
    signals.append(record);
    history.add(record);
    observe(record);
    const title = titles[record.probe];
    // The record keeps everything that was answered; an Event is one sentence, so that repetitions are counted.
    const said = record.output.split('\n', 1)[0] ?? '';
    if (record.outcome === 'failure') {
      events.event(pod, 'Warning', 'Unhealthy', `${title} probe failed: ${said}`, record.container);
    } else if (record.outcome === 'unknown') {
      events.event(
        pod,
        'Warning',
        'Unhealthy',
        `${title} probe errored and resulted in unknown state: ${said}`,
        record.container,
      );
    } else if (isWarning) {
      events.event(pod, 'Warning', 'ProbeWarning', `${title} probe warning: ${said}`, record.container);
    }
  }

  onChange(podUid: string): void {
    this.#options.onChange(podUid);
  }
}
