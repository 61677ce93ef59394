import { appendFileSync, copyFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logRecordId, rotationOf } from '../../lib/log-position.ts';
import {
  containerId,
  dockerEntry,
  DockerLogFiles,
  formatNanos,
  logSource,
} from '../../test/support/logs/docker-log-files.ts';
import { Batch } from '../buffer/batch.ts';
import type { Position } from '../buffer/position.ts';
import { ContainerTail } from './container-tail.ts';

const id = containerId(1);
const startNs = 1_795_000_000_123_456_789n;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tail-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Shipped {
  readonly id: string;
  readonly document: Record<string, unknown>;
}

function itemsOf(batch: Batch): Shipped[] {
  const lines = batch.body.toString().split('\n');
  const items: Shipped[] = [];
  for (let n = 0; n + 1 < lines.length; n += 2) {
    const action = JSON.parse(lines[n] ?? '') as { create: { _id: string } };
    items.push({ id: action.create._id, document: JSON.parse(lines[n + 1] ?? '') as Record<string, unknown> });
  }
  return items;
}

/** Reads until the tail has nothing more, acknowledging everything. */
function drain(tail: ContainerTail): Shipped[] {
  const shipped: Shipped[] = [];
  for (let idle = 0, turns = 0; idle < 2; turns++) {
    if (turns > 10_000) throw new Error('the tail never comes to rest');
    const batch = new Batch();
    const result = tail.read(batch);
    if (batch.count > 0) {
      const position = tail.position();
      if (position) tail.progress.sent(batch, position);
      shipped.push(...itemsOf(batch));
      for (const lines of batch.contributions.values()) tail.acknowledged(batch, lines);
    }
    idle = result === 'idle' ? idle + 1 : 0;
  }
  return shipped;
}

const messages = (shipped: readonly Shipped[]) => shipped.map((item) => item.document['message']);
const tailOf = (files: DockerLogFiles, start?: Position, ended = false) =>
  new ContainerTail(logSource(id, files.path, ended ? { endedAt: '2026-11-29T08:00:00Z' } : {}), {
    clusterName: 'demo',
    start,
    transform: undefined,
  });

describe('what becomes of an entry', () => {
  test('its bytes are spliced into a document with metadata, level and position', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('first\n', startNs));
    files.append(dockerEntry('level=warn "quoted" \\ tab\t ümlaut \u0001\n', startNs + 1n, 'stderr'));
    const [first, second] = drain(tailOf(files));
    expect(first?.id).toBe(logRecordId(id, { rotation: rotationOf(startNs), offset: 0 }));
    expect(second?.document).toMatchObject({
      '@timestamp': formatNanos(startNs + 1n),
      message: 'level=warn "quoted" \\ tab\t ümlaut \u0001',
      stream: 'stderr',
      log: { level: 'warn', file: { path: files.path } },
      container: { id },
      kubernetes: {
        namespace: 'shop',
        container: { name: 'hello' },
        node: { name: 'node-1' },
        labels: { 'app.kubernetes.io/name': 'hello' },
        deployment: { name: 'hello' },
      },
      vigil: { restart_count: 0, workload: { kind: 'Deployment', name: 'hello' } },
      orchestrator: { cluster: { name: 'demo' } },
      data_stream: { dataset: 'vigil.containers' },
    });
    const offset = Buffer.byteLength(dockerEntry('first\n', startNs));
    expect(second?.id).toBe(logRecordId(id, { rotation: rotationOf(startNs), offset }));
  });

  test('entries with attributes are understood too', () => {
    const files = new DockerLogFiles(root, id);
    files.append('{"log":"with attributes\\n","stream":"stdout","attrs":{"a":"b"},"time":"2026-01-02T03:04:05Z"}\n');
    files.append('{"stream":"stdout","time":"2026-01-02T03:04:06Z","log":"other order\\n"}\n');
    expect(messages(drain(tailOf(files)))).toEqual(['with attributes', 'other order']);
  });

  test('what is no entry is kept as text, and zero bytes of a crashed disk are left out', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('good\n', startNs));
    files.append('\0\0\0\0\n{"log": broken\n');
    const tail = tailOf(files);
    expect(messages(drain(tail))).toEqual(['good', '{"log": broken']);
    expect(tail.counters.malformed).toBe(1);
  });

  test('an empty line is an empty message', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('\n', startNs));
    expect(messages(drain(tailOf(files)))).toEqual(['']);
  });

  test('text that ends in a backslash and the letter n is not taken for a complete line', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('ends in \\n', startNs) + dockerEntry(' and goes on\n', startNs + 1n));
    expect(messages(drain(tailOf(files)))).toEqual(['ends in \\n and goes on']);
  });
});

describe('partial lines', () => {
  test('pieces are joined per stream, and named by where the first piece stands', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('a'.repeat(16_384), startNs));
    files.append(dockerEntry('other stream\n', startNs + 1n, 'stderr'));
    files.append(dockerEntry('b\n', startNs + 2n));
    const shipped = drain(tailOf(files));
    expect(messages(shipped)).toEqual(['other stream', `${'a'.repeat(16_384)}b`]);
    expect(shipped[1]?.id).toBe(logRecordId(id, { rotation: rotationOf(startNs), offset: 0 }));
  });

  test('pieces in two files are joined', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('first half, ', startNs));
    files.rotate();
    files.append(dockerEntry('second half\n', startNs + 5n));
    expect(messages(drain(tailOf(files)))).toEqual(['first half, second half']);
  });

  test('an open piece holds the position back, so that a restart reads it again', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('whole\n', startNs) + dockerEntry('open ', startNs + 1n));
    const tail = tailOf(files);
    expect(messages(drain(tail))).toEqual(['whole']);
    const position = tail.progress.acknowledgedUpTo(tail.position());
    expect(position?.offset).toBe(Buffer.byteLength(dockerEntry('whole\n', startNs)));
    tail.close();
    files.append(dockerEntry('closed\n', startNs + 2n));
    expect(messages(drain(tailOf(files, position)))).toEqual(['open closed']);
  });

  test('a last line without newline is shipped when the container has ended', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('done', startNs));
    const tail = tailOf(files);
    expect(drain(tail)).toEqual([]);
    expect(tail.complete).toBe(false);
    tail.source = { ...tail.source, endedAt: '2026-11-29T08:00:00Z' };
    tail.folderChanged();
    expect(messages(drain(tail))).toEqual(['done']);
    expect(tail.complete).toBe(true);
  });

  test('a line of several MiB arrives whole', () => {
    const files = new DockerLogFiles(root, id);
    const piece = 'x'.repeat(16_384);
    for (let n = 0; n < 64; n++) files.append(dockerEntry(piece, startNs + BigInt(n)));
    files.append(dockerEntry('end\n', startNs + 99n));
    expect((messages(drain(tailOf(files)))[0] as string).length).toBe(64 * 16_384 + 3);
  });
});

describe('files that move', () => {
  test('a rotated file is read to its end before the next', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('1\n', startNs));
    const tail = tailOf(files);
    expect(messages(drain(tail))).toEqual(['1']);
    files.append(dockerEntry('2\n', startNs + 1n));
    files.rotate();
    files.append(dockerEntry('3\n', startNs + 2n));
    files.rotate();
    files.append(dockerEntry('4\n', startNs + 3n));
    tail.folderChanged();
    expect(messages(drain(tail))).toEqual(['2', '3', '4']);
  });

  test('a deleted folder is read to the end through the open file', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('1\n', startNs));
    const tail = tailOf(files);
    files.append(dockerEntry('2\n', startNs + 1n));
    files.remove();
    tail.folderChanged();
    expect(messages(drain(tail))).toEqual(['1', '2']);
  });

  test('after a clock that stepped back, a newer file is still newer', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('before\n', startNs));
    const tail = tailOf(files);
    drain(tail);
    files.rotate();
    files.append(dockerEntry('after\n', startNs - 3_600_000_000_000n));
    tail.folderChanged();
    expect(messages(drain(tail))).toEqual(['after']);
  });

  test('a restart after the file was rotated away reads what is there, and says that something may be missing', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('new\n', startNs));
    const tail = tailOf(files, { rotation: rotationOf(startNs - 5n), offset: 100 });
    expect(messages(drain(tail))).toEqual(['new']);
    expect(tail.gaps).toBe(1);
  });

  test('a file that is truncated and written anew begins a new rotation', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('long enough to be longer than what follows\n', startNs));
    const tail = tailOf(files);
    drain(tail);
    truncateSync(files.path, 0);
    files.append(dockerEntry('anew\n', startNs + 9n));
    const [line] = drain(tail);
    expect(line?.id).toBe(logRecordId(id, { rotation: rotationOf(startNs + 9n), offset: 0 }));
  });

  test('a reused inode is told from the old file by its first entry', () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('old\n', startNs));
    const tail = tailOf(files);
    drain(tail);
    // The same length, so the size alone tells nothing.
    writeFileSync(files.path, dockerEntry('new\n', startNs + 2n));
    appendFileSync(files.path, dockerEntry('more\n', startNs + 3n));
    expect(messages(drain(tail))).toEqual(['new', 'more']);
  });
});

type Step =
  | { readonly kind: 'write'; readonly lines: number; readonly stream: 'stdout' | 'stderr'; readonly partial: boolean }
  | { readonly kind: 'rotate' }
  | { readonly kind: 'copytruncate' }
  | { readonly kind: 'read' }
  | { readonly kind: 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      lines: fc.integer({ min: 1, max: 40 }),
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
      partial: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'rotate' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'copytruncate' as const }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'read' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

test('model: whatever is written, rotated, truncated or interrupted, every line is shipped once, whole and in order', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const dir = mkdtempSync(join(root, 'run-'));
      const files = new DockerLogFiles(dir, id, 50);
      let timeNs = startNs;
      let number = 0;
      const written: Record<'stdout' | 'stderr', string[]> = { stdout: [], stderr: [] };
      const open: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
      const shipped = new Map<string, Shipped>();
      let position: Position | undefined;
      let tail = tailOf(files);
      const read = () => {
        tail.folderChanged();
        for (const item of drain(tail)) if (!shipped.has(item.id)) shipped.set(item.id, item);
        position = tail.progress.acknowledgedUpTo(tail.position());
      };
      const write = (text: string, stream: 'stdout' | 'stderr') =>
        files.append(dockerEntry(text, (timeNs += 1_000n), stream));
      for (const each of steps) {
        if (each.kind === 'read') read();
        else if (each.kind === 'rotate') files.rotate();
        else if (each.kind === 'restart') {
          tail.close();
          tail = tailOf(files, position);
        } else if (each.kind === 'copytruncate') {
          // Whoever copies and truncates gives readers a moment; the reader must have opened the file before.
          read();
          if (!statSync(files.path, { throwIfNoEntry: false })?.size) continue;
          for (let n = 48; n >= 1; n--)
            if (statSync(`${files.path}.${n}`, { throwIfNoEntry: false }))
              copyFileSync(`${files.path}.${n}`, `${files.path}.${n + 1}`);
          copyFileSync(files.path, `${files.path}.1`);
          truncateSync(files.path, 0);
        } else {
          for (let n = 0; n < each.lines; n++) {
            const text = `line ${number++} ${'é'.repeat(number % 50)}`;
            if (each.partial && n === each.lines - 1) {
              write(text, each.stream);
              open[each.stream] += text;
            } else {
              write(`${text}\n`, each.stream);
              written[each.stream].push(open[each.stream] + text);
              open[each.stream] = '';
            }
          }
        }
      }
      for (const stream of ['stdout', 'stderr'] as const) {
        if (open[stream] === '') continue;
        write('end\n', stream);
        written[stream].push(`${open[stream]}end`);
      }
      read();
      tail.close();
      for (const stream of ['stdout', 'stderr'] as const) {
        const found = [...shipped.values()].filter((item) => item.document['stream'] === stream);
        expect(messages(found)).toEqual(written[stream]);
      }
      rmSync(dir, { recursive: true, force: true });
    }),
    { numRuns: 150 },
  );
});
