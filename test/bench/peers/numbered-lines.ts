/** A line as it came in a body. */
export interface ArrivedLine {
  readonly number: number;
  /** Under which it is stored; `undefined` when the sender gives none, so that each arrival is stored. */
  readonly id: string | undefined;
}

const BEGINNING = 'numbered line ';
const ID_KEY = '"_id":"';

/** The text of line `number`, without a newline. */
export function numberedLine(number: number): string {
  return `${BEGINNING}${number} end`;
}

/** The numbered lines in the body of a bulk request or of an OTLP request. */
export function* arrivedLines(body: Buffer): Generator<ArrivedLine> {
  const text = body.toString('latin1');
  let from = 0;
  for (let at = text.indexOf(BEGINNING); at >= 0; at = text.indexOf(BEGINNING, from)) {
    const start = at + BEGINNING.length;
    const before = text.slice(from, at);
    const idAt = before.lastIndexOf(ID_KEY);
    const id = idAt < 0 ? undefined : before.slice(idAt + ID_KEY.length, before.indexOf('"', idAt + ID_KEY.length));
    from = text.indexOf(' ', start);
    yield { number: Number(text.slice(start, from)), id };
  }
}
