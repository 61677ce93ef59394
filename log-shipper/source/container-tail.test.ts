import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logRecordId, rotationOf } from '../../lib/log-position.ts';
import { containerId, dockerEntry, DockerLogFiles, formatNanos } from '../../test/support/logs/docker-log-files.ts';
import { HeldTail, messages } from '../../test/support/logs/held-tail.ts';

const id = containerId(1);
const startNs = 1_795_000_000_123_456_789n;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tail-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('what becomes of an entry', () => {
  test('its bytes are spliced into a document with metadata, level and position', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('first\n', startNs));
    files.append(dockerEntry('level=warn "quoted" \\ tab\t ümlaut \u0001\n', startNs + 1n, 'stderr'));
    const [first, second] = await new HeldTail(files).drain();
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

  test('entries with attributes are understood too', async () => {
    const files = new DockerLogFiles(root, id);
    files.append('{"log":"with attributes\\n","stream":"stdout","attrs":{"a":"b"},"time":"2026-01-02T03:04:05Z"}\n');
    files.append('{"stream":"stdout","time":"2026-01-02T03:04:06Z","log":"other order\\n"}\n');
    expect(messages(await new HeldTail(files).drain())).toEqual(['with attributes', 'other order']);
  });

  test('what is no entry is kept as text, and zero bytes of a crashed disk are left out', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('good\n', startNs));
    files.append('\0\0\0\0\n{"log": broken\n');
    const tail = new HeldTail(files);
    expect(messages(await tail.drain())).toEqual(['good', '{"log": broken']);
    expect(tail.tail.counters.malformed).toBe(1);
  });

  test('an empty line is an empty message', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('\n', startNs));
    expect(messages(await new HeldTail(files).drain())).toEqual(['']);
  });

  test('text that ends in a backslash and the letter n is not taken for a complete line', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('ends in \\n', startNs) + dockerEntry(' and goes on\n', startNs + 1n));
    expect(messages(await new HeldTail(files).drain())).toEqual(['ends in \\n and goes on']);
  });
});

describe('partial lines', () => {
  test('pieces are joined per stream, and named by where the first piece stands', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('a'.repeat(16_384), startNs));
    files.append(dockerEntry('other stream\n', startNs + 1n, 'stderr'));
    files.append(dockerEntry('b\n', startNs + 2n));
    const shipped = await new HeldTail(files).drain();
    expect(messages(shipped)).toEqual(['other stream', `${'a'.repeat(16_384)}b`]);
    expect(shipped[1]?.id).toBe(logRecordId(id, { rotation: rotationOf(startNs), offset: 0 }));
  });

  test('pieces in two files are joined', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('first half, ', startNs));
    files.rotate();
    files.append(dockerEntry('second half\n', startNs + 5n));
    expect(messages(await new HeldTail(files).drain())).toEqual(['first half, second half']);
  });

  test('an open piece holds the position back, so that a restart reads it again', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('whole\n', startNs) + dockerEntry('open ', startNs + 1n));
    const tail = new HeldTail(files);
    expect(messages(await tail.drain())).toEqual(['whole']);
    const position = tail.acknowledged;
    expect(position?.offset).toBe(Buffer.byteLength(dockerEntry('whole\n', startNs)));
    await tail.close();
    files.append(dockerEntry('closed\n', startNs + 2n));
    expect(messages(await new HeldTail(files, position).drain())).toEqual(['open closed']);
  });

  test('a last line without newline is shipped when the container has ended', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('done', startNs));
    const tail = new HeldTail(files);
    expect(await tail.drain()).toEqual([]);
    expect(tail.tail.complete).toBe(false);
    tail.tail.source = { ...tail.tail.source, endedAt: '2026-11-29T08:00:00Z' };
    expect(messages(await tail.drain())).toEqual(['done']);
    expect(tail.tail.complete).toBe(true);
  });

  test('a line of several MiB arrives whole', async () => {
    const files = new DockerLogFiles(root, id);
    const piece = 'x'.repeat(16_384);
    for (let n = 0; n < 64; n++) files.append(dockerEntry(piece, startNs + BigInt(n)));
    files.append(dockerEntry('end\n', startNs + 99n));
    expect((messages(await new HeldTail(files).drain())[0] as string).length).toBe(64 * 16_384 + 3);
  });
});

describe('files that move', () => {
  test('a rotated file is read to its end before the next', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('1\n', startNs));
    const tail = new HeldTail(files);
    expect(messages(await tail.drain())).toEqual(['1']);
    files.append(dockerEntry('2\n', startNs + 1n));
    files.rotate();
    files.append(dockerEntry('3\n', startNs + 2n));
    files.rotate();
    files.append(dockerEntry('4\n', startNs + 3n));
    expect(messages(await tail.drain())).toEqual(['2', '3', '4']);
  });

  test('a deleted folder is read to the end through the open file', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('1\n', startNs));
    const tail = new HeldTail(files);
    files.append(dockerEntry('2\n', startNs + 1n));
    files.remove();
    expect(messages(await tail.drain())).toEqual(['1', '2']);
  });

  test('after a clock that stepped back, a newer file is still newer', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('before\n', startNs));
    const tail = new HeldTail(files);
    await tail.drain();
    files.rotate();
    files.append(dockerEntry('after\n', startNs - 3_600_000_000_000n));
    expect(messages(await tail.drain())).toEqual(['after']);
  });

  test('a restart after the file was rotated away reads what is there, and says that something may be missing', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('new\n', startNs));
    const tail = new HeldTail(files, { rotation: rotationOf(startNs - 5n), offset: 100 });
    expect(messages(await tail.drain())).toEqual(['new']);
    expect(tail.tail.gaps).toBe(1);
  });

  test('a file that is truncated and written anew begins a new rotation', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('long enough to be longer than what follows\n', startNs));
    const tail = new HeldTail(files);
    await tail.drain();
    truncateSync(files.path, 0);
    files.append(dockerEntry('anew\n', startNs + 9n));
    const [line] = await tail.drain();
    expect(line?.id).toBe(logRecordId(id, { rotation: rotationOf(startNs + 9n), offset: 0 }));
  });

  test('a reused inode is told from the old file by its first entry', async () => {
    const files = new DockerLogFiles(root, id);
    files.append(dockerEntry('old\n', startNs));
    const tail = new HeldTail(files);
    await tail.drain();
    // The same length, so the size alone tells nothing.
    writeFileSync(files.path, dockerEntry('new\n', startNs + 2n));
    appendFileSync(files.path, dockerEntry('more\n', startNs + 3n));
    expect(messages(await tail.drain())).toEqual(['new', 'more']);
  });
});
