import { randomBytes } from 'node:crypto';
import { probeDocument, terminationDocument } from '../../lib/signals/record-document.ts';
import type { RecordWriter } from '../../lib/signals/record-writer.ts';
import type { SequencedSignal, Signal } from '../../lib/signals/records.ts';

/** Signals kept for readers that come late or lag: at 100 probe attempts a second more than a minute and a half. */
const MAX_SIGNALS = 10_000;
/** So many more before the oldest are cut off, which moves all others. */
const SLACK = 500;

/**
 * Every probe attempt and termination: numbered and kept for a while for the health loop, and handed to the record spool for good. Numbers begin at 1 with a new
 * `epoch` when the agent starts.
 */
export class SignalLog {
  readonly epoch = randomBytes(8).toString('hex');
  readonly #records: RecordWriter;
  readonly #clusterName: string;
  readonly #ring: SequencedSignal[] = [];
  readonly #readers = new Set<() => void>();
  #seq = 0;

  constructor(records: RecordWriter, clusterName: string) {
    this.#records = records;
    this.#clusterName = clusterName;
  }

  append(signal: Signal): void {
    this.#seq++;
    this.#ring.push({ epoch: this.epoch, seq: this.#seq, signal });
    if (this.#ring.length >= MAX_SIGNALS + SLACK) this.#ring.splice(0, this.#ring.length - MAX_SIGNALS);
    if (signal.type === 'probe') this.#records.append('probes', probeDocument(signal, this.#clusterName));
    else this.#records.append('terminations', terminationDocument(signal, this.#clusterName));
    for (const wake of this.#readers) wake();
  }

  /** At most `limit` signals after `seq`, oldest first; those already forgotten are left out. */
  after(seq: number, limit: number): readonly SequencedSignal[] {
    const first = this.#ring[0]?.seq ?? this.#seq + 1;
    const oldestKept = Math.max(first, this.#seq - MAX_SIGNALS + 1);
    const from = Math.max(seq + 1, oldestKept) - first;
    return from >= this.#ring.length ? [] : this.#ring.slice(from, from + limit);
  }

  /** Calls `wake` after each append; the returned function ends that. */
  onAppend(wake: () => void): () => void {
    this.#readers.add(wake);
    return () => {
      this.#readers.delete(wake);
    };
  }
}
