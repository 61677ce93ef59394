import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import fc from 'fast-check';
import { writeAtomically, type Payload } from './atomic-writer.ts';
import { resolveSubPath } from './sub-path.ts';

let dir: string;

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'vigil-volume-')), 'volume');
});

afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

function payload(files: Readonly<Record<string, string>>, mode = 0o644): Payload {
  return new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));
}

/** What a container sees. */
function visible(): Record<string, string> {
  const files: Record<string, string> = {};
  const walk = (folder: string, prefix: string) => {
    for (const name of readdirSync(folder)) {
      if (prefix === '' && name.startsWith('..')) continue;
      const path = join(folder, name);
      if (statSync(path).isDirectory()) walk(path, `${prefix}${name}/`);
      else files[`${prefix}${name}`] = readFileSync(path, 'utf8');
    }
  };
  walk(dir, '');
  return files;
}

test('shows exactly the files of the last write, whatever came before', async () => {
  const names = fc.constantFrom('a', 'b', 'c.txt', 'deep/one', 'deep/two');
  const payloads = fc.array(fc.dictionary(names, fc.string({ maxLength: 20 }), { noNullPrototype: true }), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(payloads, async (writes) => {
      rmSync(dir, { recursive: true, force: true });
      for (const files of writes) {
        await writeAtomically(dir, payload(files));
        expect(visible()).toEqual(files);
      }
    }),
    { numRuns: 30 },
  );
});

test('changes everything at once, by one link, and leaves what did not change alone', async () => {
  expect(await writeAtomically(dir, payload({ a: '1', b: '1' }))).toBe(true);
  const before = readlinkSync(join(dir, '..data'));
  expect(await writeAtomically(dir, payload({ a: '1', b: '1' }))).toBe(false);
  expect(readlinkSync(join(dir, '..data'))).toBe(before);
  expect(await writeAtomically(dir, payload({ a: '2', b: '2' }))).toBe(true);
  expect(readlinkSync(join(dir, '..data'))).not.toBe(before);
  expect(existsSync(join(dir, before))).toBe(false);
  expect(readlinkSync(join(dir, 'a'))).toBe('..data/a');
});

test('files have the mode that was asked for', async () => {
  await writeAtomically(dir, payload({ key: 'secret' }, 0o400));
  expect(statSync(join(dir, 'key')).mode & 0o777).toBe(0o400);
});

test('a file of one user and a group is read by both and by nobody else', async () => {
  const me = process.getuid?.() ?? 0;
  const ownerId = me === 0 ? 12_345 : me;
  const groupId = me === 0 ? 23_456 : process.getgid?.();
  const token = { data: Buffer.from('secret'), mode: 0o600, ownerId };
  expect(await writeAtomically(dir, new Map([['token', token]]), groupId)).toBe(true);
  const { mode, uid, gid } = statSync(join(dir, 'token'));
  expect({ mode: mode & 0o777, uid, gid }).toEqual({ mode: 0o640, uid: ownerId, gid: groupId });
  expect(await writeAtomically(dir, new Map([['token', token]]), groupId)).toBe(false);
});

test.each(['../escape', '/absolute', 'a/../../b', '', '..data'])('the path %j is refused', async (path) => {
  await expect(writeAtomically(dir, payload({ [path]: 'x' }))).rejects.toMatchObject({ code: 'VOLUME_PATH_INVALID' });
});

test('a subPath is made when missing, and refused when it leads out of the volume', async () => {
  await writeAtomically(dir, payload({ a: '1' }));
  expect(await resolveSubPath(dir, 'a')).toMatch(/\/\.\.[0-9a-f]+\/a$/);
  expect(await resolveSubPath(dir, 'new/folder')).toBe(join(dir, 'new/folder'));
  symlinkSync('/etc', join(dir, 'out'));
  await expect(resolveSubPath(dir, 'out/passwd')).rejects.toThrow('leads out of the volume');
  await expect(resolveSubPath(dir, 'out')).rejects.toThrow('leads out of the volume');
  await expect(resolveSubPath(dir, '../x')).rejects.toThrow("without '..'");
});

test('a subPath of a volume that cannot be written has to be there', async () => {
  await writeAtomically(dir, payload({ a: '1' }));
  expect(await resolveSubPath(dir, 'a', true)).toMatch(/\/\.\.[0-9a-f]+\/a$/);
  await expect(resolveSubPath(dir, 'new/folder', true)).rejects.toMatchObject({ code: 'SUB_PATH_MISSING' });
  expect(readdirSync(dir)).not.toContain('new');
});
