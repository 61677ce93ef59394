import { logFields } from '../../lib/log-record.ts';
import type { Field, IndexMapping } from '../mapping/index-mapping.ts';
import { scanTokens } from '../query/analyze.ts';
import { hashText } from './bloom.ts';
import { existsTerm, valueTerm } from './doc-terms.ts';
import { levelOf, STREAM_LEVELS, streamLevelOf, streamOf } from './line-shape.ts';

/**
 * The terms of the line's own part of a document (time, stream, message, level, offset), as `DocumentTerms` would make them of the parsed document, but without
 * parsing. Only for indices whose mapping has these fields as the shipper's template does.
 */
export class LineTerms {
  readonly #mapping: IndexMapping;
  #mappingVersion = -1;
  #usable = false;
  #levelUsable = false;
  readonly messageSeed = hashText(logFields.message);
  /** Per stream and level what all such lines have in common. */
  readonly #common: (readonly number[] | undefined)[] = [];

  constructor(mapping: IndexMapping) {
    this.#mapping = mapping;
  }

  /** Whether documents with these flags can be taken the short way. */
  canTake(flags: number): boolean {
    if (this.#mappingVersion !== this.#mapping.version) this.#look();
    return this.#usable && (this.#levelUsable || levelOf(flags) === '');
  }

  /** Terms that every line with these flags has. */
  common(flags: number): readonly number[] {
    const code = streamLevelOf(flags) % STREAM_LEVELS;
    let terms = this.#common[code];
    if (!terms) {
      const level = levelOf(flags);
      terms = [
        ...[logFields.time, logFields.stream, logFields.message, logFields.offset].map(existsTerm),
        valueTerm(logFields.stream, streamOf(flags)),
        ...(level === '' ? [] : [existsTerm(logFields.level), valueTerm(logFields.level, level)]),
      ];
      this.#common[code] = terms;
    }
    return terms;
  }

  /** The words of a message that is not plain ASCII. */
  words(text: string, add: (term: number) => void): void {
    const lower = text.toLowerCase();
    scanTokens(lower, (start, end) => add(hashText(lower, this.messageSeed, start, end)));
  }

  #look(): void {
    this.#mappingVersion = this.#mapping.version;
    const is = (path: string, type: Field['type']) => this.#mapping.field(path)?.type === type;
    // A keyword beside the message answers by the whole text, which is not looked at here.
    const hasKeyword = [...this.#mapping.fields()].some(
      (field) => field.sourcePath === logFields.message && field.path !== logFields.message,
    );
    this.#usable =
      is(logFields.time, 'date') &&
      is(logFields.stream, 'keyword') &&
      is(logFields.message, 'text') &&
      is(logFields.offset, 'number') &&
      !hasKeyword;
    this.#levelUsable = is(logFields.level, 'keyword');
  }
}
