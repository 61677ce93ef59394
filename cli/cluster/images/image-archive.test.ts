import { describe, expect, test } from 'vitest';
import { archiveEntries } from './image-archive.ts';
import { inBuildOrder, settingsOf, type ImageRecipe } from './recipe.ts';

const base: ImageRecipe = {
  tag: 'base:1',
  contentHash: 'aa',
  entries: () => [],
  settings: { Env: ['PATH=/bin', 'LEVEL=1'], Cmd: ['sh'] },
};
const child: ImageRecipe = {
  tag: 'child:1',
  contentHash: 'bb',
  from: base,
  entries: () => [],
  settings: { Env: ['LEVEL=2'], WorkingDir: '/app' },
};
const bottom = { diffId: 'sha256:0b', file: '/tmp/0b', sizeBytes: 10 };
const top = { diffId: 'sha256:1c', file: '/tmp/1c', sizeBytes: 20 };

function textOf(entries: ReturnType<typeof archiveEntries>, name: RegExp): unknown {
  const entry = entries.find((one) => name.test(one.name));
  return entry?.kind === 'text' ? JSON.parse(entry.text) : undefined;
}

describe('the archive that engines load', () => {
  const entries = archiveEntries([
    { recipe: base, layers: [bottom] },
    { recipe: child, layers: [bottom, top] },
  ]);

  test('holds each layer once, however many images stand on it', () => {
    expect(entries.map((entry) => entry.name).filter((name) => name.endsWith('.tar'))).toEqual(['0b.tar', '1c.tar']);
  });

  test('names layers from the bottom up', () => {
    expect(textOf(entries, /^manifest\.json$/)).toMatchObject([
      { RepoTags: ['base:1'], Layers: ['0b.tar'] },
      { RepoTags: ['child:1'], Layers: ['0b.tar', '1c.tar'] },
    ]);
  });

  test('leaves out layers that the engine holds', () => {
    const only = archiveEntries([{ recipe: child, layers: [{ ...bottom, file: undefined }, top] }]);
    expect(only.map((entry) => entry.name)).not.toContain('0b.tar');
    expect(textOf(only, /^manifest\.json$/)).toMatchObject([{ Layers: ['0b.tar', '1c.tar'] }]);
  });

  test('is the same for the same contents', () => {
    expect(archiveEntries([{ recipe: base, layers: [bottom] }])).toEqual(
      archiveEntries([{ recipe: base, layers: [bottom] }]),
    );
  });
});

describe('images that stand on others', () => {
  test('inherit settings and override variables', () => {
    expect(settingsOf(child)).toEqual({ Env: ['PATH=/bin', 'LEVEL=2'], Cmd: ['sh'], WorkingDir: '/app' });
  });

  test('come after what they stand on, once', () => {
    expect(inBuildOrder([child, base]).map((recipe) => recipe.tag)).toEqual(['base:1', 'child:1']);
  });
});
