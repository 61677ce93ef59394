import { logRecordId } from '../../lib/log-position.ts';
import type { LogSource } from '../../lib/log-source.ts';
import type { Batch } from '../buffer/batch.ts';
import { Progress, type Position } from '../buffer/position.ts';
import { actionHead, containerMetadata, type ContainerMetadata } from '../enrich/container-metadata.ts';
import { encodeLine } from '../enrich/encode-line.ts';
import type { LineTransform } from '../enrich/line-transform.ts';
import { newDockerLine, parseDockerEntry, parseDockerLine } from '../parse/docker-json.ts';
import { levelOf } from '../../lib/log-level.ts';
import { PartialLines, type JoinedLine } from '../parse/partial-lines.ts';
import type { LogFile } from './log-file.ts';
import { LogFiles } from './log-files.ts';
import type { ReadResult, Tail } from './tail.ts';

/** Bytes read at a time; shared by all tails, because reading and taking lines is one synchronous step. */
const CHUNK_BYTES = 256 * 1024;
const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
const NEWLINE = 10;

/** Counted per container for metrics. */
export interface TailCounters {
  in: number;
  out: number;
  dropped: number;
  malformed: number;
  bytes: number;
}

export interface ContainerTailOptions {
  readonly clusterName: string;
  readonly start: Position | undefined;
  /** What annotations ask for beyond shipping as it is. */
  readonly transform: LineTransform | undefined;
}

/** Reads one container's log from where it was acknowledged, through rotation and deletion, to the end. */
export class ContainerTail implements Tail {
  readonly key: string;
  readonly progress: Progress;
  readonly counters: TailCounters = { in: 0, out: 0, dropped: 0, malformed: 0, bytes: 0 };
  source: LogSource;
  readonly #files: LogFiles;
  readonly #partials = new PartialLines();
  readonly #metadata: ContainerMetadata;
  readonly #transform: LineTransform | undefined;
  readonly #line = newDockerLine();
  readonly #idPrefix: string;
  #action: Buffer = Buffer.alloc(0);
  #actionRotation: string | undefined;
  #lastTime = Buffer.from('1970-01-01T00:00:00Z');
  #read: Position | undefined;
  #folderChanged = true;
  #flushed = false;
  /** Where reading stood at the last periodic look, and whether held lines have waited long enough since. */
  #readAtRescan: Position | undefined;
  #flushHeld = false;

  constructor(source: LogSource, options: ContainerTailOptions) {
    this.key = source.containerId;
    this.source = source;
    this.progress = new Progress(options.start);
    this.#read = options.start;
    this.#files = new LogFiles(source.path, options.start);
    this.#metadata = containerMetadata(source, options.clusterName);
    this.#transform = options.transform;
    // `logRecordId` of an empty rotation ends in `--0`; what stands before it begins every id.
    this.#idPrefix = logRecordId(source.containerId, { rotation: '', offset: 0 }).slice(0, -'-0'.length);
    this.#files.refresh();
  }

  get gaps(): number {
    return this.#files.gaps;
  }

  folderChanged(): void {
    this.#folderChanged = true;
  }

  /** Called about once a second: a message whose last line may have come is shipped when nothing followed for that long. */
  rescanned(): void {
    if (this.#transform?.earliest() && this.#readAtRescan === this.#read) this.#flushHeld = true;
    this.#readAtRescan = this.#read;
  }

  hasNews(): boolean {
    if (this.#folderChanged || this.#flushHeld) return true;
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
    return this.#flushed && this.progress.settled && !this.hasNews();
  }

  read(batch: Batch): ReadResult {
    if (this.#folderChanged) {
      this.#folderChanged = false;
      this.#files.refresh();
    }
    const file = this.#files.current;
    if (!file) return this.#atEnd(batch);
    if (file.rotation === undefined) {
      file.identify();
    }
    const hadNewer = this.#files.hasNewer;
    if (file.rotation === undefined) {
      if (!hadNewer) return this.#atEnd(batch);
      // A file that was left without one whole entry.
      if (file.size > 0) file.rotation = '0';
      else {
        this.#files.advance();
        return 'more';
      }
    }
    const count = this.#startsOver(file) ? 0 : file.read(chunk, 0);
    if (count > 0) return this.#lines(batch, file, count);
    if (this.#folderChanged) return 'more';
    if (!hadNewer) return this.#atEnd(batch);
    this.#files.advance();
    return 'more';
  }

  acknowledged(batch: Batch, lines: number): void {
    this.progress.acknowledge(batch);
    this.counters.out += lines;
  }

  close(): void {
    this.#files.close();
  }

  /** Before new bytes are read: whether the file was truncated and written anew. */
  #startsOver(file: LogFile): boolean {
    const { size } = file;
    if (size === file.offset) return false;
    if (size > file.offset && !file.changed()) return false;
    this.#folderChanged = true;
    return true;
  }

  #lines(batch: Batch, file: LogFile, count: number): ReadResult {
    let start = 0;
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
    if (start === 0)
      return this.#files.hasNewer && !this.#folderChanged ? this.#tornEnd(batch, file, count) : this.#atEnd(batch);
    return 'more';
  }

  #moveTo(file: LogFile, taken: number): void {
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
      for (const line of this.#partials.flush()) this.#joined(batch, line);
      this.#transform?.flush((document, position) => this.#document(batch, document, position));
      this.#flushed = true;
    }
    return 'idle';
  }

  #entry(batch: Batch, file: LogFile, start: number, end: number): void {
    const line = this.#line;
    if (!parseDockerLine(chunk, start, end, line)) {
      this.#otherEntry(batch, file, start, end);
      return;
    }
    const position = file.offset + start;
    if (line.partial || this.#partials.isOpen(line.stderr)) {
      const joined = this.#partials.add(
        chunk.subarray(line.textStart, line.textEnd),
        chunk.subarray(line.timeStart, line.timeEnd),
        { rotation: file.rotation ?? '0', offset: position },
        line.stderr,
        !line.partial,
      );
      if (joined) this.#joined(batch, joined);
      return;
    }
    this.counters.in++;
    if (this.#transform) {
      const time = chunk.toString('latin1', line.timeStart, line.timeEnd);
      const text = unescape(chunk.toString('utf8', line.textStart, line.textEnd));
      this.#transformed(batch, text, time, { rotation: file.rotation ?? '0', offset: position }, line.stderr);
      return;
    }
    const level = levelOf(chunk, line.textStart, line.textEnd);
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
      chunk,
      line.textStart,
      line.textEnd,
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
      time: this.#lastTime,
      position: { rotation: file.rotation ?? '0', offset: file.offset + start },
      stderr: false,
    });
  }

  #joined(batch: Batch, line: JoinedLine): void {
    this.counters.in++;
    this.#lastTime = Buffer.from(line.time);
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
