/** One line of a watch is one object; the largest object plus its envelope is far below this. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

/** Splits a stream of bytes at newlines without decoding it; the last line need not end in one. Empty lines are left out. Throws when a line has no end in sight. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const tail = bytes.subarray(start, end);
      const line = rest.length === 0 ? tail : Buffer.concat([...rest, tail]);
      rest = [];
      restBytes = 0;
      start = end + 1;
      if (line.length > 0) yield line;
    }
    if (start === bytes.length) continue;
    rest.push(bytes.subarray(start));
    restBytes += bytes.length - start;
    if (restBytes > MAX_LINE_BYTES) throw new Error(`a line of the stream is longer than ${MAX_LINE_BYTES} bytes`);
  }
  if (restBytes > 0) yield Buffer.concat(rest);
}
