import { VigilError } from '../errors.ts';

/** Characters of the text that are shown on each side of the one pointed at. */
const SHOWN_BEFORE = 60;
const SHOWN_AFTER = 20;

/** A query, pattern or time that cannot be understood: which one, and where. The message ends `… at character N`, counted from 1. */
export class QueryError extends VigilError {
  /** `query`, `grep`, `since`…: the field of the `LogQuery`. */
  readonly field: string;
  readonly text: string;
  /** Index of the character, from 0; the text's length = behind its end. */
  readonly at: number;
  readonly problem: string;

  constructor(field: string, text: string, at: number, problem: string) {
    super('LOG_QUERY_INVALID', 'invalid', `${field}: ${problem} at character ${at + 1}`);
    this.field = field;
    this.text = text;
    this.at = at;
    this.problem = problem;
  }
}

/** The text, cut around the character, and below it a line with `^` under the character. */
export function pointerLines(error: Pick<QueryError, 'text' | 'at'>): readonly [text: string, caret: string] {
  const from = error.at > SHOWN_BEFORE ? error.at - SHOWN_BEFORE : 0;
  const lead = from > 0 ? '…' : '';
  const shown = error.text.slice(from, error.at + SHOWN_AFTER);
  const tail = error.at + SHOWN_AFTER < error.text.length ? '…' : '';
  // One column a character, whatever the text is made of.
  const plain = shown.replaceAll(/\s/g, ' ');
  return [`${lead}${plain}${tail}`, `${' '.repeat(lead.length + error.at - from)}^`];
}
