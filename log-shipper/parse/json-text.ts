import { isUtf8 } from 'node:buffer';

/** Bytes that cannot stand in a JSON string as they are: 1 is escaped, 2 is part of a character of several bytes and must be valid. */
const kinds = new Uint8Array(256);
for (let code = 0; code < 0x20; code++) kinds[code] = 1;
kinds[0x22] = 1;
kinds[0x5c] = 1;
for (let code = 0x80; code < 0x100; code++) kinds[code] = 2;

const BACKSLASH = 0x5c;
const hex = Buffer.from('0123456789abcdef');
/** The letter behind the backslash; 0 where there is none and `\u00xx` is written. */
const letters = new Uint8Array(256);
for (const [code, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x22, '"'],
  [BACKSLASH, '\\'],
] as const)
  letters[code] = letter.charCodeAt(0);

/** Part of a buffer, used again for each line so that none is made per line. */
export interface TextSpan {
  bytes: Buffer;
  start: number;
  end: number;
}

/** Makes text fit to stand between the quotes of a JSON string. Bytes that are not UTF-8 become U+FFFD. */
export class JsonText {
  readonly #span: TextSpan = { bytes: Buffer.alloc(0), start: 0, end: 0 };
  #scratch: Buffer = Buffer.alloc(0);

  /** The escaped text: the same bytes when nothing must be escaped. Valid until the next call. */
  escape(bytes: Buffer, start: number, end: number): TextSpan {
    const span = this.#span;
    let escapes = 0;
    let isAscii = true;
    for (let at = start; at < end; at++) {
      const kind = kinds[bytes[at] ?? 0];
      if (kind === 1) escapes++;
      else if (kind === 2) isAscii = false;
    }
    span.bytes = bytes;
    span.start = start;
    span.end = end;
    if (!isAscii && !isUtf8(bytes.subarray(start, end))) {
      const valid = Buffer.from(bytes.toString('utf8', start, end));
      span.bytes = valid;
      span.start = 0;
      span.end = valid.length;
    }
    if (escapes > 0) this.#write(span, escapes);
    return span;
  }

  #write(span: TextSpan, escapes: number): void {
    const { bytes, start, end } = span;
    const needed = end - start + escapes * 5;
    if (this.#scratch.length < needed) this.#scratch = Buffer.allocUnsafeSlow(Math.max(needed, 64 * 1024));
    const out = this.#scratch;
    let at = 0;
    for (let from = start; from < end; from++) {
      const byte = bytes[from] ?? 0;
      if (kinds[byte] !== 1) {
        out[at++] = byte;
        continue;
      }
      const letter = letters[byte] ?? 0;
      out[at++] = BACKSLASH;
      if (letter !== 0) {
        out[at++] = letter;
        continue;
      }
      out[at++] = 0x75;
      out[at++] = 0x30;
      out[at++] = 0x30;
      out[at++] = hex[byte >> 4] ?? 0;
      out[at++] = hex[byte & 15] ?? 0;
    }
    span.bytes = out;
    span.start = 0;
    span.end = at;
  }
}
