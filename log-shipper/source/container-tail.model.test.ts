import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { containerId, dockerEntry, DockerLogFiles } from '../../test/support/logs/docker-log-files.ts';
import { HeldTail, messages, type Shipped } from '../../test/support/logs/held-tail.ts';
import type { Position } from '../buffer/position.ts';

const id = containerId(1);
const KEPT_FILES = 60;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tail-model-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

type Stream = 'stdout' | 'stderr';
type Step =
  | { readonly kind: 'write'; readonly lines: number; readonly stream: Stream; readonly partial: boolean }
  /** The shipper is stopped in between, so that it sees only what is left afterwards. */
  | { readonly kind: 'unseen'; readonly steps: readonly Step[]; readonly saved: boolean }
  | { readonly kind: 'rotate' | 'copytruncate' | 'compress' | 'lose-oldest' | 'recreate' | 'read' | 'save' };

function log(format: 'docker' | 'cri') {
  return (text: string, timeNs: bigint, stream: Stream, whole: boolean): string => {
    if (format === 'docker') return dockerEntry(whole ? `${text}\n` : text, timeNs, stream);
    const { time } = JSON.parse(dockerEntry('', timeNs)) as { time: string };
    return `${time} ${stream} ${whole ? 'F' : 'P'} ${text}\n`;
  };
}

/** What a container and those who rotate its log do, with what was written. */
class World {
  readonly files: DockerLogFiles;
  readonly written: Record<Stream, string[]> = { stdout: [], stderr: [] };
  readonly #open: Record<Stream, string> = { stdout: '', stderr: '' };
  readonly #entry: ReturnType<typeof log>;
  #timeNs = 1_795_000_000_123_456_789n;
  #number = 0;

  constructor(dir: string, format: 'docker' | 'cri') {
    this.files = new DockerLogFiles(dir, id, KEPT_FILES);
    this.#entry = log(format);
  }

  write(lines: number, stream: Stream, partial: boolean): void {
    for (let n = 0; n < lines; n++) {
      const text = `line ${this.#number++} "${'é'.repeat(this.#number % 50)}\t`;
      const whole = !partial || n < lines - 1;
      this.files.append(this.#entry(text, (this.#timeNs += 1_000n), stream, whole));
      this.#open[stream] += text;
      if (!whole) continue;
      this.written[stream].push(this.#open[stream]);
      this.#open[stream] = '';
    }
  }

  closeLines(): void {
    for (const stream of ['stdout', 'stderr'] as const) if (this.#open[stream] !== '') this.write(1, stream, false);
  }

  /** `seen`: called when somebody who watches could have looked. */
  change(kind: 'rotate' | 'copytruncate' | 'compress' | 'lose-oldest' | 'recreate', seen: () => void): void {
    const { path } = this.files;
    if (kind === 'rotate' && this.#has(path)) this.files.rotate();
    else if (kind === 'copytruncate' && statSync(path, { throwIfNoEntry: false })?.size) {
      this.files.shift();
      copyFileSync(path, `${path}.1`);
      seen();
      truncateSync(path, 0);
    } else if (kind === 'compress' && this.#has(`${path}.1`)) {
      writeFileSync(`${path}.1.gz`, gzipSync(readFileSync(`${path}.1`)));
      seen();
      rmSync(`${path}.1`);
    } else if (kind === 'lose-oldest') {
      for (let n = 1; n < KEPT_FILES; n++)
        for (const suffix of ['', '.gz']) rmSync(`${path}.${n}${suffix}`, { force: true });
    } else if (kind === 'recreate' && this.#has(path)) {
      rmSync(path);
      writeFileSync(path, '');
    }
    seen();
  }

  #has(path: string): boolean {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  }
}

const write = fc.record({
  kind: fc.constant('write' as const),
  lines: fc.integer({ min: 1, max: 40 }),
  stream: fc.constantFrom<Stream>('stdout', 'stderr'),
  partial: fc.boolean(),
});
const keeping = fc
  .constantFrom('rotate' as const, 'copytruncate' as const, 'compress' as const)
  .map((kind) => ({ kind }));
const losing = fc.constantFrom('lose-oldest' as const, 'recreate' as const).map((kind) => ({ kind }));
const own = fc.constantFrom('read' as const, 'read' as const, 'save' as const).map((kind) => ({ kind }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: write },
  { weight: 4, arbitrary: keeping },
  { weight: 1, arbitrary: losing },
  { weight: 4, arbitrary: own },
  {
    weight: 2,
    // What is deleted while nobody looks is lost for anybody: not among these.
    arbitrary: fc.record({
      kind: fc.constant('unseen' as const),
      steps: fc.array(fc.oneof({ weight: 2, arbitrary: write }, { weight: 1, arbitrary: keeping }), { maxLength: 8 }),
      saved: fc.boolean(),
    }),
  },
);

/** A file that is held without a name stands behind one that gets a later place, because a compressed one before it is seen for the first time. */
const heldWithoutName: Step[] = [
  {
    kind: 'unseen',
    steps: [{ kind: 'write', lines: 1, stream: 'stdout', partial: false }, { kind: 'rotate' }, { kind: 'rotate' }],
    saved: false,
  },
  { kind: 'compress' },
  { kind: 'write', lines: 1, stream: 'stderr', partial: false },
  { kind: 'rotate' },
  { kind: 'write', lines: 1, stream: 'stderr', partial: false },
  { kind: 'recreate' },
  { kind: 'unseen', steps: [], saved: false },
];

test.each(['docker', 'cri'] as const)(
  'model: whatever is written, rotated, truncated, compressed, deleted or interrupted, every line of a %s log is shipped once, whole and in order',
  async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const dir = mkdtempSync(join(root, 'run-'));
        const world = new World(dir, format);
        const shipped = new Map<string, Shipped>();
        let saved: Position | undefined;
        let tail = new HeldTail(world.files);
        const read = async () => {
          for (const item of await tail.drain()) {
            const before = shipped.get(item.id);
            if (before) expect(item.document['message']).toBe(before.document['message']);
            else shipped.set(item.id, item);
          }
        };
        const save = () => {
          saved = tail.acknowledged ?? saved;
          tail.release();
        };
        for (const each of steps) {
          if (each.kind === 'write') world.write(each.lines, each.stream, each.partial);
          else if (each.kind === 'read') await read();
          else if (each.kind === 'save') save();
          else if (each.kind === 'unseen') {
            if (each.saved) save();
            await tail.close();
            for (const unseen of each.steps) {
              if (unseen.kind === 'write') world.write(unseen.lines, unseen.stream, unseen.partial);
              else if (unseen.kind === 'rotate' || unseen.kind === 'copytruncate' || unseen.kind === 'compress')
                world.change(unseen.kind, () => undefined);
            }
            tail = new HeldTail(world.files, saved);
          } else {
            // A file that is truncated must have been read as far as it went: what nobody copied is in nobody's hands.
            tail.look();
            await tail.settle();
            world.change(each.kind, () => tail.look());
          }
        }
        world.closeLines();
        await read();
        await tail.close();
        for (const stream of ['stdout', 'stderr'] as const) {
          const found = [...shipped.values()].filter((item) => item.document['stream'] === stream);
          expect(messages(found)).toEqual(world.written[stream]);
        }
        rmSync(dir, { recursive: true, force: true });
      }),
      { numRuns: 150, examples: [[heldWithoutName]] },
    );
  },
);
