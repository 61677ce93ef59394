import { logRecordId } from '../../lib/log-position.ts';
import type { LogSource } from '../../lib/log-source.ts';
import type { Batch } from '../buffer/batch.ts';
import { Progress, type Position } from '../buffer/position.ts';
import { actionHead, containerMetadata, type ContainerMetadata } from '../enrich/container-metadata.ts';
import { encodeLine } from '../enrich/encode-line.ts';
import type { LineTransform } from '../enrich/line-transform.ts';
import { parseDockerEntry } from '../parse/docker-json.ts';
import { JsonText } from '../parse/json-text.ts';
import { newLogLine } from '../parse/line-format.ts';
import { levelOf } from '../../lib/log-level.ts';
import { PartialLines, type JoinedLine } from '../parse/partial-lines.ts';
import type { HeldFile } from './hold/held-file.ts';
import type { LogFile } from './log-file.ts';
import { LogFiles, type Loss } from './log-files.ts';
import type { ReadResult, Tail } from './tail.ts';

/** Bytes read at a time; shared by all tails, because reading and taking lines is one synchronous step. */
const CHUNK_BYTES = 256 * 1024;
const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
const jsonText = new JsonText();
const NEWLINE = 10;

/** Counted per container for metrics. */
export interface TailCounters {
  in: number;
  out: number;
  dropped: number;
  malformed: number;
  bytes: number;
  /** Lines and bytes that were given up before they were read. */
  lostLines: number;
  lostBytes: number;
}

export interface ContainerTailOptions {
  readonly clusterName: string;
  readonly start: Position | undefined;
  /** What annotations ask for beyond shipping as it is. */
  readonly transform: LineTransform | undefined;
  /** A compressed file is to be decompressed; `take` is called when it is. */
  readonly inflate: (key: string) => void;
}

/** Reads one container's log from where it was acknowledged, through rotation and deletion, to the end. */
export class ContainerTail implements Tail {
  readonly key: string;
  readonly progress: Progress;
  readonly counters: TailCounters = { in: 0, out: 0, dropped: 0, malformed: 0, bytes: 0, lostLines: 0, lostBytes: 0 };
  source: LogSource;
  readonly #files: LogFiles;
  readonly #partials = new PartialLines();
  readonly #metadata: ContainerMetadata;
  readonly #transform: LineTransform | undefined;
  readonly #line = newLogLine();
  readonly #idPrefix: string;
  #action: Buffer = Buffer.alloc(0);
  #actionRotation: string | undefined;
  /** Of the last entry in an earlier chunk, and whether this chunk had one. */
  #lastTime: Buffer | undefined;
  #hasTime = false;
  #isEscaped = true;
  #read: Position | undefined;
  readonly #inflate: (key: string) => void;
  #inflating: string | undefined;
  #flushed = false;
  /** Where reading stood at the last periodic look, and whether held lines have waited long enough since. */
  #readAtRescan: Position | undefined;
  #flushHeld = false;

  constructor(source: LogSource, options: ContainerTailOptions) {
    this.key = source.containerId;
    this.source = source;
    this.progress = new Progress(options.start);
    this.#read = options.start;
    this.#files = new LogFiles(options.start);
    this.#metadata = containerMetadata(source, options.clusterName);
    this.#transform = options.transform;
    // `logRecordId` of an empty rotation ends in `--0`; what stands before it begins every id.
    this.#idPrefix = logRecordId(source.containerId, { rotation: '', offset: 0 }).slice(0, -'-0'.length);
    this.#inflate = options.inflate;
  }

  /** Whether the holder has told of the log's files. */
  get isOpen(): boolean {
    return this.#files.isOpen;
  }

  get gaps(): number {
    return this.#files.gaps;
  }

  /** Takes files that are new or have another place; the first call brings all. `missed`: there may have been others. */
  take(held: readonly HeldFile[], missed: boolean): void {
    this.#files.take(held, missed);
    this.#inflating = undefined;
  }

  /** Keys of files that are not needed any more when everything before `acknowledged` is stored. */
  released(acknowledged: Position): readonly string[] {
    return this.#files.released(acknowledged);
  }

  /** The file is given up: what was not read of it is lost, and counted. */
  drop(key: string): Loss {
    const loss = this.#files.drop(key);
    this.counters.lostBytes += loss.bytes;
    this.counters.lostLines += loss.lines;
    return loss;
  }

  /** Gives descriptors back that have not been needed for a while. */
  rest(): void {
    this.#files.rest();
  }

  /** Called about once a second: a message whose last line may have come is shipped when nothing followed for that long. */
  rescanned(): void {
    if (this.#transform?.earliest() && this.#readAtRescan === this.#read) this.#flushHeld = true;
    this.#readAtRescan = this.#read;
  }

  hasNews(): boolean {
    if (this.#flushHeld) return true;
    const file = this.#files.current;
    if (!file) return false;
    return this.#files.hasNewer || file.size !== file.offset;
  }

  backlogBytes(): number {
    return this.#files.backlogBytes;
  }

  position(): Position | undefined {
    return this.#partials.earliest() ?? this.#transform?.earliest() ?? this.#read;
  }

  /** Everything the container wrote is acknowledged. Only meaningful once it has ended. */
  get complete(): boolean {
    return this.#flushed && this.#files.isOpen && this.progress.settled && !this.hasNews();
  }

  read(batch: Batch): ReadResult {
    const file = this.#files.current;
    if (!file) return this.#atEnd(batch);
    if (file.isCompressed) return this.#waitForContent(file);
    const hadNewer = this.#files.hasNewer;
    file.identify();
    if (file.rotation === undefined) {
      if (!hadNewer) return this.#atEnd(batch);
      if (file.size === 0) return this.#advance();
      // A file that was left without one whole entry.
      file.nameWithoutEntry();
    }
    if (this.#startsOver(file, hadNewer)) return 'more';
    const count = file.read(chunk);
    if (count > 0) return this.#lines(batch, file, count, hadNewer || this.source.endedAt !== undefined);
    return hadNewer ? this.#advance() : this.#atEnd(batch);
  }

  acknowledged(batch: Batch, lines: number): void {
    this.progress.acknowledge(batch);
    this.counters.out += lines;
  }

  close(): void {
    this.#files.close();
  }

  #advance(): ReadResult {
    this.#files.advance();
    return 'more';
  }

  #waitForContent(file: LogFile): ReadResult {
    if (this.#inflating !== file.key) {
      this.#inflating = file.key;
      this.#inflate(file.key);
    }
    return 'idle';
  }

  /** Before new bytes are read: whether the file was truncated and written anew. */
  #startsOver(file: LogFile, isFinal: boolean): boolean {
    const mayHaveChanged = isFinal || this.#files.hasCopies || file.size !== file.offset;
    if (!mayHaveChanged || !file.changed()) return false;
    this.#files.truncated();
    return true;
  }

  /** `isFinal`: what was read is all there will ever be behind it. */
  #lines(batch: Batch, file: LogFile, count: number, isFinal: boolean): ReadResult {
    let start = 0;
    this.#hasTime = false;
    this.#flushed = false;
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, start);
      if (newline < 0 || newline >= count) break;
      if (batch.full) {
        this.#moveTo(file, start);
        return 'full';
      }
      this.#entry(batch, file, start, newline);
      start = newline + 1;
    }
    if (start === 0 && count === CHUNK_BYTES) {
      // No entry is this long: whatever it is, it is kept as text, piece by piece.
      this.#raw(batch, file, 0, count);
      start = count;
    }
    this.#moveTo(file, start);
    if (start > 0) return 'more';
    return isFinal ? this.#tornEnd(batch, file, count) : this.#atEnd(batch);
  }

  #moveTo(file: LogFile, taken: number): void {
    if (this.#hasTime) this.#lastTime = Buffer.from(this.#timeInChunk());
    this.#hasTime = false;
    file.offset += taken;
    this.counters.bytes += taken;
    this.#read = { rotation: file.rotation ?? '0', offset: file.offset };
  }

  /** The last entry of a finished file has no newline: the machine stopped in the middle of writing it. */
  #tornEnd(batch: Batch, file: LogFile, count: number): ReadResult {
    this.#raw(batch, file, 0, count);
    this.#moveTo(file, count);
    return 'more';
  }

  #atEnd(batch: Batch): ReadResult {
    if (this.#flushHeld) {
      this.#flushHeld = false;
      this.#transform?.flush((document, position) => this.#document(batch, document, position));
    }
    if (this.source.endedAt !== undefined && !this.#flushed && !this.hasNews()) {
      for (const line of this.#partials.flush()) this.#joined(batch, this.#escaped(line));
      this.#transform?.flush((document, position) => this.#document(batch, document, position));
      this.#flushed = true;
    }
    return 'idle';
  }

  #entry(batch: Batch, file: LogFile, start: number, end: number): void {
    const line = this.#line;
    this.#isEscaped = file.format.isEscaped;
    if (!file.format.parse(chunk, start, end, line)) {
      this.#otherEntry(batch, file, start, end);
      return;
    }
    this.#hasTime = true;
    const position = file.offset + start;
    if (line.partial || this.#partials.isOpen(line.stderr)) {
      const joined = this.#partials.add(
        chunk.subarray(line.textStart, line.textEnd),
        chunk.subarray(line.timeStart, line.timeEnd),
        { rotation: file.rotation ?? '0', offset: position },
        line.stderr,
        !line.partial,
      );
      if (joined) this.#joined(batch, this.#escaped(joined));
      return;
    }
    this.counters.in++;
    if (this.#transform) {
      const time = chunk.toString('latin1', line.timeStart, line.timeEnd);
      const text = chunk.toString('utf8', line.textStart, line.textEnd);
      this.#transformed(
        batch,
        this.#isEscaped ? unescape(text) : text,
        time,
        { rotation: file.rotation ?? '0', offset: position },
        line.stderr,
      );
      return;
    }
    const level = levelOf(chunk, line.textStart, line.textEnd);
    const text = this.#isEscaped ? undefined : jsonText.escape(chunk, line.textStart, line.textEnd);
    encodeLine(
      batch,
      this.#actionFor(file.rotation ?? '0'),
      this.#metadata,
      position,
      line.stderr,
      level,
      chunk,
      line.timeStart,
      line.timeEnd,
      text?.bytes ?? chunk,
      text?.start ?? line.textStart,
      text?.end ?? line.textEnd,
    );
    batch.contribute(this);
  }

  /** Entries with attributes or in another order, and what is no entry at all. */
  #otherEntry(batch: Batch, file: LogFile, start: number, end: number): void {
    const entry = parseDockerEntry(chunk, start, end);
    if (!entry) {
      this.#raw(batch, file, start, end);
      return;
    }
    const text = Buffer.from(JSON.stringify(entry.text).slice(1, -1));
    this.#lastTime = Buffer.from(entry.time);
    this.#hasTime = false;
    const position = { rotation: file.rotation ?? '0', offset: file.offset + start };
    const joined = this.#partials.add(text, Buffer.from(entry.time), position, entry.stderr, !entry.partial);
    if (joined) this.#joined(batch, joined);
  }

  #raw(batch: Batch, file: LogFile, start: number, end: number): void {
    const text = chunk.toString('utf8', start, end).replaceAll('\0', '');
    if (text.trim() === '') return;
    this.counters.malformed++;
    this.#joined(batch, {
      text: Buffer.from(JSON.stringify(text).slice(1, -1)),
      time: this.#timeWithout(file),
      position: { rotation: file.rotation ?? '0', offset: file.offset + start },
      stderr: false,
    });
  }

  /** A time for what has none: that of the entry before, or when the file was written. */
  #timeWithout(file: LogFile): Buffer {
    if (this.#hasTime) return Buffer.from(this.#timeInChunk());
    return this.#lastTime ?? Buffer.from(new Date(file.writtenMs).toISOString());
  }

  #timeInChunk(): Buffer {
    return chunk.subarray(this.#line.timeStart, this.#line.timeEnd);
  }

  /** Pieces that were not escaped are escaped as a whole, since a character may be cut between two. */
  #escaped(line: JoinedLine): JoinedLine {
    if (this.#isEscaped) return line;
    const { bytes, start, end } = jsonText.escape(line.text, 0, line.text.length);
    return { ...line, text: Buffer.from(bytes.subarray(start, end)) };
  }

  #joined(batch: Batch, line: JoinedLine): void {
    this.counters.in++;
    if (this.#transform) {
      this.#transformed(
        batch,
        unescape(line.text.toString()),
        line.time.toString('latin1'),
        line.position,
        line.stderr,
      );
      return;
    }
    const level = levelOf(line.text, 0, line.text.length);
    encodeLine(
      batch,
      this.#actionFor(line.position.rotation),
      this.#metadata,
      line.position.offset,
      line.stderr,
      level,
      line.time,
      0,
      line.time.length,
      line.text,
      0,
      line.text.length,
    );
    batch.contribute(this);
  }

  #transformed(batch: Batch, text: string, time: string, position: Position, stderr: boolean): void {
    const dropped = this.#transform?.line({ text, time, stderr, position }, (document, at) =>
      this.#document(batch, document, at),
    );
    this.counters.dropped += dropped ?? 0;
  }

  /** A line that was built the long way. */
  #document(batch: Batch, document: Readonly<Record<string, unknown>>, position: Position): void {
    const log = {
      ...(document['log'] as object | undefined),
      offset: position.offset,
      file: { path: this.#metadata.filePath },
    };
    const { vigil: fixed, ...fields } = this.#metadata.fields;
    const vigil = { ...(fixed as object), ...(document['vigil'] as object | undefined) };
    const body = JSON.stringify({ ...document, log, ...fields, vigil });
    const item = Buffer.from(
      `${this.#actionFor(position.rotation).toString()}${position.offset.toString(36)}"}}\n${body}\n`,
    );
    batch.beginItem(item.length);
    item.copy(batch.bytes, batch.length);
    batch.length += item.length;
    batch.contribute(this);
  }

  #actionFor(rotation: string): Buffer {
    if (this.#actionRotation !== rotation) {
      this.#actionRotation = rotation;
      this.#action = actionHead(`${this.#idPrefix}${rotation}-`);
    }
    return this.#action;
  }
}

function unescape(text: string): string {
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}
