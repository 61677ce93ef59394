import { fieldOf } from '../../lib/log-record.ts';
import type { RecordWriter } from '../../lib/signals/record-writer.ts';
import type { Dataset, DecisionRecord } from '../../lib/signals/records.ts';

/** A record writer that also shows each decision, whichever part of the control plane made it, to the health loop. */
export class DecisionTap implements RecordWriter {
  readonly #writer: RecordWriter;
  readonly #onDecision: (decision: DecisionRecord) => void;

  constructor(writer: RecordWriter, onDecision: (decision: DecisionRecord) => void) {
    this.#writer = writer;
    this.#onDecision = onDecision;
  }

  append(dataset: Dataset, document: Readonly<Record<string, unknown>>): void {
    this.#writer.append(dataset, document);
    if (dataset !== 'decisions') return;
    const decision = decisionOf(document);
    if (decision) this.#onDecision(decision);
  }
}

/** The reverse of `decisionDocument`; `undefined` for any other document. */
function decisionOf(document: Readonly<Record<string, unknown>>): DecisionRecord | undefined {
  const decision = fieldOf(document, 'vigil.decision') as Partial<DecisionRecord> | undefined;
  const time = document['@timestamp'];
  if (!decision?.decision || !decision.object || typeof time !== 'string') return undefined;
  const node = fieldOf(document, 'kubernetes.node.name');
  const reason = document['message'];
  const workload = fieldOf(document, 'vigil.workload') as DecisionRecord['workload'];
  return {
    type: 'decision',
    time,
    decision: decision.decision,
    component: decision.component ?? '',
    object: decision.object,
    ...(workload ? { workload } : {}),
    ...(typeof node === 'string' ? { node } : {}),
    reason: typeof reason === 'string' ? reason : '',
    evidence: decision.evidence ?? {},
  };
}
