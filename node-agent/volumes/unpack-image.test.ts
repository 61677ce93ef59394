import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pack, type Header } from 'tar-stream';
import { unpackImage } from './unpack-image.ts';

type Member = Partial<Header> & { readonly name: string; readonly text?: string };

/** Owned by whoever runs the test, so that it need not be root. */
const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

let room: string;
let folder: string;

beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'vigil-unpack-'));
  folder = join(room, 'image');
  mkdirSync(folder);
});
afterEach(() => rmSync(room, { recursive: true, force: true }));

function tarOf(members: readonly Member[]): Readable {
  const tar = pack();
  for (const { text = '', ...header } of members) tar.entry({ ...me, ...header }, text);
  tar.finalize();
  return tar as unknown as Readable;
}

const unpack = (members: readonly Member[], signal = new AbortController().signal) =>
  unpackImage(tarOf(members), folder, signal);

test('files, folders and links are as in the image', async () => {
  const mtime = new Date('2024-05-06T07:08:09Z');
  await unpack([
    { name: './', type: 'directory' },
    { name: 'data/', type: 'directory', mode: 0o750 },
    { name: 'data/tool', text: 'one\n', mode: 0o755, mtime },
    { name: 'data/same', type: 'link', linkname: 'data/tool' },
    { name: 'data/here', type: 'symlink', linkname: 'tool' },
    { name: 'deep/er/file', text: 'x'.repeat(100_000) },
  ]);
  expect(readdirSync(folder, { recursive: true }).map(String).sort()).toEqual([
    'data',
    'data/here',
    'data/same',
    'data/tool',
    'deep',
    'deep/er',
    'deep/er/file',
  ]);
  const tool = lstatSync(join(folder, 'data/tool'));
  expect({ mode: tool.mode & 0o7777, links: tool.nlink, at: tool.mtime }).toEqual({ mode: 0o755, links: 2, at: mtime });
  expect(lstatSync(join(folder, 'data')).mode & 0o7777).toBe(0o750);
  expect(readlinkSync(join(folder, 'data/here'))).toBe('tool');
  expect(readFileSync(join(folder, 'deep/er/file'), 'utf8')).toBe('x'.repeat(100_000));
});

test('what the engine puts into every container is left out, its folders only when nothing else is in them', async () => {
  await unpack([
    { name: '.dockerenv' },
    { name: 'dev/', type: 'directory' },
    { name: 'dev/console' },
    { name: 'dev/pts/', type: 'directory' },
    { name: 'proc/', type: 'directory' },
    { name: 'etc/', type: 'directory' },
    { name: 'etc/hosts' },
    { name: 'etc/mtab', type: 'symlink', linkname: '/proc/mounts' },
    { name: 'etc/os-release', text: 'NAME=x\n' },
  ]);
  expect(readdirSync(folder, { recursive: true }).map(String).sort()).toEqual(['etc', 'etc/os-release']);
});

test('devices are left out, and no program runs as its owner', async () => {
  await unpack([
    { name: 'disk', type: 'block-device', devmajor: 8, devminor: 0 },
    { name: 'pipe', type: 'fifo' },
    { name: 'su', mode: 0o4755, text: 'su' },
  ]);
  expect(readdirSync(folder)).toEqual(['su']);
  expect(lstatSync(join(folder, 'su')).mode & 0o7777).toBe(0o755);
});

test.each<readonly [string, readonly Member[]]>([
  ['a step back', [{ name: '../out', text: 'x' }]],
  [
    'a link that leads out',
    [
      { name: 'away', type: 'symlink', linkname: '..' },
      { name: 'away/out', text: 'x' },
    ],
  ],
  [
    'a link in the place of the file',
    [
      { name: 'file', type: 'symlink', linkname: '../out' },
      { name: 'file', text: 'x' },
    ],
  ],
  ['a file elsewhere as another name', [{ name: 'file', type: 'link', linkname: '../outer' }]],
  [
    'another name through a link',
    [
      { name: 'away', type: 'symlink', linkname: '..' },
      { name: 'file', type: 'link', linkname: 'away/outer' },
    ],
  ],
])('nothing is written or read outside: %s', async (_, members) => {
  await expect(unpack(members)).rejects.toThrow();
  expect(existsSync(join(room, 'out'))).toBe(false);
  expect(existsSync(join(folder, 'file')) && lstatSync(join(folder, 'file')).isFile()).toBe(false);
});

test('a stream that breaks and a signal are told', async () => {
  const broken = new Readable({ read: () => undefined });
  broken.push(Buffer.alloc(100));
  const told = unpackImage(broken, folder, new AbortController().signal);
  broken.destroy(new Error('the engine is gone'));
  await expect(told).rejects.toThrow('the engine is gone');
  const silent = new Readable({ read: () => undefined });
  await expect(unpackImage(silent, folder, AbortSignal.abort(new Error('stopped')))).rejects.toThrow();
});
