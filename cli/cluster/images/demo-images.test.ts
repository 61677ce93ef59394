import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { demoImages } from './demo-images.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigil-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const node = { tag: 'vigil/node:dev', contentHash: 'x', entries: () => [], settings: {} };

test('the demo in its image is plain JavaScript that runs', () => {
  const [first] = demoImages(join(import.meta.dirname, '../../..'), node);
  for (const entry of first?.entries() ?? []) {
    if (entry.kind !== 'text') continue;
    mkdirSync(dirname(join(folder, entry.name)), { recursive: true });
    writeFileSync(join(folder, entry.name), entry.text);
  }
  const key = `import { issueToken, verifyToken } from './token.js';
    const token = issueToken({ sub: 'ann', exp: 2000 }, 'key');
    console.log(JSON.stringify([verifyToken(token, 'key', 1e6)?.sub, verifyToken(token, 'other', 1e6), verifyToken(token, 'key', 3e6), verifyToken('a.b.c', 'key', 0)].map(String)));`;
  writeFileSync(join(folder, 'app/check.js'), key);
  const printed = execFileSync(process.execPath, [join(folder, 'app/check.js')], { encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual(['ann', 'undefined', 'undefined', 'undefined']);
});

test('versions differ in nothing but what they say they are', () => {
  const images = demoImages(join(import.meta.dirname, '../../..'), node);
  expect(images.map((image) => image.tag)).toEqual(['demo:1', 'demo:2', 'demo:3']);
  expect(images.slice(1).map((image) => [...image.entries()].length)).toEqual([0, 0]);
});
