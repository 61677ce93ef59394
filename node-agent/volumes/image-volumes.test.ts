import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import type { Pod } from '../../lib/kube/types.ts';
import { Images } from '../pods/images.ts';
import { PodFiles } from '../pods/pod-files.ts';
import { HollowRuntime } from '../runtime/hollow-runtime.ts';
import { ImageVolumes } from './image-volumes.ts';

/** Counts what is read of images. */
class ReadRuntime extends HollowRuntime {
  reads = 0;
  mustFail = false;

  override async readImage(id: string, read: (tar: Readable) => Promise<void>): Promise<void> {
    this.reads += 1;
    if (this.mustFail) throw new Error('the engine is gone');
    await super.readImage(id, read);
  }
}

let dir: string;
let files: PodFiles;
let runtime: ReadRuntime;
let volumes: ImageVolumes;
const { signal } = new AbortController();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vigil-images-'));
  files = new PodFiles(dir);
  const clock = new FakeClock();
  runtime = new ReadRuntime({ clock, images: ['data:1', 'data:2'] });
  const images = new Images({ runtime, events: { event: () => {} }, clock, secretsOf: () => Promise.resolve([]) });
  volumes = new ImageVolumes({ runtime, images, files });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A pod with a volume for each reference, called after it; its container mounts all but those of `unused`. */
function podOf(uid: string, references: readonly string[], unused: readonly string[] = []): Pod {
  const name = (reference: string) => reference.replaceAll(':', '-');
  mkdirSync(files.podDir(uid), { recursive: true });
  const mounted = references.filter((reference) => !unused.includes(reference));
  return {
    metadata: { name: uid, namespace: 'default', uid },
    spec: {
      volumes: references.map((reference) => ({ name: name(reference), image: { reference } })),
      containers: [
        {
          name: 'main',
          volumeMounts: mounted.map((reference) => ({ name: name(reference), mountPath: `/${reference}` })),
        },
      ],
    },
  };
}

const prepare = (pod: Pod) => volumes.prepare(pod, pod.spec?.containers[0] ?? { name: '' }, signal);
const shown = (uid: string, volume: string) =>
  readFileSync(join(files.volume(uid, 'image', volume), 'reference'), 'utf8');
const copies = () => (existsSync(files.imagesDir) ? readdirSync(files.imagesDir).length : 0);
const end = (uid: string) => rmSync(files.podDir(uid), { recursive: true });

test('pods that show the same image share its files, which go with the last of them', async () => {
  const pods = ['a', 'b', 'c'].map((uid) => podOf(uid, uid === 'c' ? ['data:2'] : ['data:1']));
  await Promise.all(pods.map(prepare));
  expect([shown('a', 'data-1'), shown('b', 'data-1'), shown('c', 'data-2')]).toEqual(['data:1', 'data:1', 'data:2']);
  expect({ reads: runtime.reads, copies: copies() }).toEqual({ reads: 2, copies: 2 });
  end('a');
  await volumes.sweep();
  expect([shown('b', 'data-1'), copies()]).toEqual(['data:1', 2]);
  end('b');
  end('c');
  await volumes.sweep();
  expect(copies()).toBe(0);
});

test('a pod keeps what it shows, and reads it once', async () => {
  const pod = podOf('a', ['data:1']);
  await prepare(pod);
  await Promise.all([prepare(pod), prepare(pod), volumes.sweep()]);
  await volumes.sweep();
  expect({ reads: runtime.reads, shown: shown('a', 'data-1') }).toEqual({ reads: 1, shown: 'data:1' });
});

test('an image that no container mounts is not asked for', async () => {
  await prepare(podOf('a', ['data:1', 'absent:1'], ['absent:1']));
  expect(copies()).toBe(1);
});

test('what an agent that died has left half made is not shown, and goes', async () => {
  const { id } = (await runtime.image('data:1')) ?? { id: '' };
  const partial = join(files.imagesDir, `${id.replace('sha256:', '')}.partial`);
  mkdirSync(partial, { recursive: true });
  await prepare(podOf('a', ['data:2']));
  expect(copies()).toBe(2);
  await volumes.sweep();
  expect({ copies: copies(), isThere: existsSync(partial) }).toEqual({ copies: 1, isThere: false });
});

test('files that are gone under a pod are made again', async () => {
  const pod = podOf('a', ['data:1']);
  await prepare(pod);
  rmSync(files.imagesDir, { recursive: true });
  await prepare(pod);
  expect(shown('a', 'data-1')).toBe('data:1');
});

test('a failure leaves nothing behind and says which image it is about', async () => {
  runtime.mustFail = true;
  await expect(prepare(podOf('a', ['data:1']))).rejects.toMatchObject({
    code: 'IMAGE_NOT_MOUNTED',
    message: 'failed to mount image data:1: the engine is gone',
  });
  expect(copies()).toBe(0);
  await expect(prepare(podOf('b', ['absent:1']))).rejects.toMatchObject({
    code: 'IMAGE_PULL_FAILED',
    reference: 'absent:1',
  });
});
