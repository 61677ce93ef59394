import { appendFileSync, mkdtempSync, renameSync, existsSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { SystemClock } from '../../lib/clock.ts';
import { formatPosition } from '../../lib/log-position.ts';
import { unescapeText } from './json-entry.ts';
import { LogChanges } from './log-changes.ts';
import type { LogLine } from './log-line.ts';
import { endOfLog, lastLines } from './last-lines.ts';
import { readLog, type ReadLogOptions } from './read-log.ts';

/** Writes and rotates as Docker does. */
class DockerLog {
  readonly path: string;
  readonly #maxFiles: number;
  #nanos = 0;

  constructor(dir: string, maxFiles = 20) {
    this.path = join(dir, 'x-json.log');
    this.#maxFiles = maxFiles;
  }

  write(log: string, stream: 'stdout' | 'stderr' = 'stdout'): void {
    const time = `2026-01-02T03:04:05.${String(this.#nanos++).padStart(9, '0')}Z`;
    appendFileSync(this.path, `${JSON.stringify({ log, stream, time })}\n`);
  }

  rotate(): void {
    for (let at = this.#maxFiles - 2; at >= 1; at--) {
      if (existsSync(`${this.path}.${at}`)) renameSync(`${this.path}.${at}`, `${this.path}.${at + 1}`);
    }
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    appendFileSync(this.path, '');
  }
}

let dir: string;
let log: DockerLog;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vigil-read-log-'));
  log = new DockerLog(dir);
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function read(over: Partial<ReadLogOptions> = {}): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  const options = { path: log.path, stream: 'all', signal: AbortSignal.timeout(10_000), ...over } as const;
  for await (const batch of readLog(options))
    lines.push(...batch.map((line) => ({ ...line, escaped: Buffer.from(line.escaped) })));
  return lines;
}

const text = (line: LogLine) => unescapeText(line.escaped).toString();

describe('reading a log', () => {
  test('goes over all rotated files, oldest first', async () => {
    for (let at = 0; at < 9; at++) {
      log.write(`line ${at}\n`);
      if (at % 3 === 2) log.rotate();
    }
    expect((await read()).map(text)).toEqual(Array.from({ length: 9 }, (_, at) => `line ${at}`));
  });

  test('joins what Docker cut, each stream by itself, also over a rotation', async () => {
    log.write('begin, ');
    log.write('error\n', 'stderr');
    log.rotate();
    log.write('end\n');
    log.write('left without end');
    const lines = await read();
    expect(lines.map((line) => [text(line), line.stream, line.isWhole])).toEqual([
      ['error', 'stderr', true],
      ['begin, end', 'stdout', true],
      ['left without end', 'stdout', false],
    ]);
    expect(lines[1]?.position.offset).toBe(0);
  });

  test('finds the last lines from the end, of one stream too', async () => {
    for (let at = 0; at < 40_000; at++) {
      log.write(`line ${at}\n`, at % 4 === 0 ? 'stderr' : 'stdout');
      if (at % 15_000 === 14_999) log.rotate();
    }
    expect((await read({ tailLines: 3 })).map(text)).toEqual(['line 39997', 'line 39998', 'line 39999']);
    expect((await read({ tailLines: 12_000 })).length).toBe(12_000);
    const errors = (await read({ tailLines: 2, stream: 'stderr' })).filter((line) => line.stream === 'stderr');
    expect(errors.map(text)).toEqual(['line 39992', 'line 39996']);
    expect(await read({ tailLines: 0 })).toEqual([]);
    expect((await read({ tailLines: 1_000_000 })).length).toBe(40_000);
  });

  test('continues from a position, in whatever file it is by now', async () => {
    for (let at = 0; at < 6; at++) {
      log.write(`line ${at}\n`);
      if (at % 2 === 1) log.rotate();
    }
    const all = await read();
    for (const [at, line] of all.entries()) {
      const rest = await read({ from: line.position });
      expect(rest.map(text), formatPosition(line.position)).toEqual(all.slice(at).map(text));
    }
  });

  test('passes over what is not an entry', async () => {
    log.write('one\n');
    appendFileSync(log.path, 'not json at all\n');
    log.write('two\n');
    expect((await read()).map(text)).toEqual(['one', 'two']);
  });

  test('of a container without a log is empty', async () => {
    expect(await read()).toEqual([]);
  });
});

describe('following a log', () => {
  test('gives each line once through growth, torn writes and rotations, and ends with the container', async () => {
    const steps = fc.array(fc.constantFrom('write', 'write', 'error', 'part', 'rotate', 'pause'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (todo) => {
        rmSync(dir, { recursive: true, force: true });
        dir = mkdtempSync(join(tmpdir(), 'vigil-follow-'));
        log = new DockerLog(dir, 64);
        const changes = new LogChanges(log.path, new SystemClock());
        let hasEnded = false;
        const reading = read({ follow: { changes, hasEnded: () => hasEnded } });
        const expected: string[] = [];
        let open = '';
        for (const [at, step] of todo.entries()) {
          if (step === 'write') {
            log.write(`line ${at}\n`);
            expected.push(`${open}line ${at}`);
            open = '';
          } else if (step === 'error') {
            log.write(`error ${at}\n`, 'stderr');
            expected.push(`error ${at}`);
          } else if (step === 'part') {
            log.write(`part ${at} `);
            open += `part ${at} `;
          } else if (step === 'rotate') {
            if (existsSync(log.path) && statSync(log.path).size > 0) log.rotate();
          } else await new Promise((resolve) => setImmediate(resolve));
        }
        if (open !== '') expected.push(open);
        hasEnded = true;
        changes.notify();
        const lines = await reading;
        changes.close();
        expect(lines.map(text)).toEqual(expected);
        expect(new Set(lines.map((line) => formatPosition(line.position))).size).toBe(lines.length);
      }),
      { numRuns: 40 },
    );
  });

  test('ends quietly when the reader leaves', async () => {
    log.write('one\n');
    const leaving = new AbortController();
    const changes = new LogChanges(log.path, new SystemClock());
    const reading = read({ follow: { changes, hasEnded: () => false }, signal: leaving.signal });
    leaving.abort();
    expect((await reading).length).toBeLessThanOrEqual(1);
    changes.close();
  });
});

test('the last lines of a log that was just rotated come from both files, cut to length', async () => {
  for (let at = 0; at < 5; at++) log.write(`line ${at}\n`);
  log.rotate();
  log.write(`${'long '.repeat(10)}\n`);
  expect(await lastLines(log.path, 3, 9)).toEqual(['line 3', 'line 4', 'long long']);
});

test('the end of a log is as it was written: its last line may be open, and of a long one the end is kept', async () => {
  log.write(`one\n${'long '.repeat(10)}\n`);
  log.write('open');
  expect(await endOfLog(log.path, 3, 14)).toBe('long long \nopen'.slice(-14));
  expect(await endOfLog(log.path, 1, 100)).toBe('open');
});
