import type { StoredDoc } from './block.ts';
import { bloomAdd, newBloom } from './bloom.ts';
import { idTerm } from './doc-terms.ts';
import { splitSequenceId } from './id-sequences.ts';
import { RollupBuilder } from './rollup.ts';

/** Documents that are not yet in a block: searchable at once, with the bloom, rollups and id bounds that their block will have. */
export class BlockBuilder {
  readonly docs: StoredDoc[] = [];
  readonly bloom = newBloom();
  readonly rollup = new RollupBuilder();
  readonly idBounds = new Map<string, number>();
  readonly ids = new Map<string, StoredDoc>();
  bytes = 0;
  minMs = Infinity;
  maxMs = -Infinity;

  addTerm = (term: number): void => bloomAdd(this.bloom, term);

  add(doc: StoredDoc, document: Readonly<Record<string, unknown>>): void {
    this.docs.push(doc);
    this.ids.set(doc.id, doc);
    this.bytes += doc.source.length + doc.id.length;
    if (doc.ms < this.minMs) this.minMs = doc.ms;
    if (doc.ms > this.maxMs) this.maxMs = doc.ms;
    bloomAdd(this.bloom, idTerm(doc.id));
    const sequence = splitSequenceId(doc.id);
    if (sequence && sequence.number > (this.idBounds.get(sequence.prefix) ?? -1)) {
      this.idBounds.set(sequence.prefix, sequence.number);
    }
    const log = document['log'];
    const level =
      typeof log === 'object' && log !== null ? (log as Record<string, unknown>)['level'] : document['log.level'];
    this.rollup.add(doc.ms, document['stream'], level);
  }
}
