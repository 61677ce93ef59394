const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const timeKey = Buffer.from('{"@timestamp":"');
const stdoutKey = Buffer.from('","stream":"stdout","message":"');
const stderrKey = Buffer.from('","stream":"stderr","message":"');
/** A quote that is not escaped ends the message: this cannot stand inside it. */
const logKey = Buffer.from('","log":{');
const levelKey = Buffer.from('"level":"');
const offsetKey = Buffer.from('"offset":');
const fileKey = Buffer.from(',"file":{');

/** Where the parts of a line's document are, in the bytes of its item. One is used again and again, so that a line costs no objects. */
export interface LineParts {
  timeStart: number;
  timeEnd: number;
  stderr: boolean;
  /** Bounds of the message as it is in JSON. */
  messageStart: number;
  messageEnd: number;
  /** Empty when the line has none. */
  level: string;
  offset: number;
  /** From `,"file":{` on everything is the same for all lines of a container's file. */
  suffixStart: number;
}

export function newLineParts(): LineParts {
  return {
    timeStart: 0,
    timeEnd: 0,
    stderr: false,
    messageStart: 0,
    messageEnd: 0,
    level: '',
    offset: 0,
    suffixStart: 0,
  };
}

/** Finds the parts of the document that begins at `start`; false when it is not as `encodeLine` makes it. */
export function findLineParts(item: Buffer, start: number, parts: LineParts): boolean {
  if (!hasAt(item, start, timeKey)) return false;
  parts.timeStart = start + timeKey.length;
  parts.timeEnd = item.indexOf(QUOTE, parts.timeStart);
  parts.stderr = hasAt(item, parts.timeEnd, stderrKey);
  if (!parts.stderr && !hasAt(item, parts.timeEnd, stdoutKey)) return false;
  parts.messageStart = parts.timeEnd + stdoutKey.length;
  parts.messageEnd = item.indexOf(logKey, parts.messageStart);
  if (parts.messageEnd < 0) return false;
  let at = parts.messageEnd + logKey.length;
  parts.level = '';
  if (hasAt(item, at, levelKey)) {
    const end = item.indexOf(QUOTE, at + levelKey.length);
    parts.level = item.toString('latin1', at + levelKey.length, end);
    if (item[end + 1] !== COMMA) return false;
    at = end + 2;
  }
  if (!hasAt(item, at, offsetKey)) return false;
  at += offsetKey.length;
  let offset = 0;
  for (let digit = item[at] ?? 0; digit >= ZERO && digit <= NINE; digit = item[++at] ?? 0) {
    offset = offset * 10 + (digit - ZERO);
  }
  parts.offset = offset;
  parts.suffixStart = at;
  return hasAt(item, at, fileKey);
}

function hasAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  if (at < 0) return false;
  for (let n = 0; n < wanted.length; n++) if (bytes[at + n] !== wanted[n]) return false;
  return true;
}
