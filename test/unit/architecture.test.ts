import { readFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Which folders a room may import from, besides itself. Longest prefix wins. Kept equal to the table in ARCHITECTURE.md. */
const edges: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  'control-plane/store': ['lib'],
  'control-plane/registry': ['lib', 'control-plane/store'],
  'control-plane/auth': ['lib', 'control-plane/registry', 'control-plane/apiserver/extension.ts'],
  'control-plane/admission': ['lib', 'control-plane/registry', 'control-plane/apiserver/extension.ts'],
  'control-plane/apiserver': ['lib', 'control-plane/registry', 'control-plane/auth', 'control-plane/admission'],
  'control-plane/scheduler': ['lib'],
  'control-plane/controllers': ['lib'],
  'control-plane/health': ['lib', 'control-plane/scheduler/failure-memory.ts', 'control-plane/apiserver/extension.ts'],
  'control-plane/autoscale': ['lib', 'control-plane/apiserver/extension.ts'],
  'control-plane/alerts': ['lib', 'control-plane/health', 'control-plane/apiserver/extension.ts'],
  'control-plane/metrics': ['lib', 'control-plane/health', 'control-plane/apiserver/extension.ts'],
  'control-plane/logs': ['lib', 'control-plane/apiserver/extension.ts'],
  'control-plane/main.ts': ['lib', 'control-plane'],
  'node-agent': ['lib'],
  'log-shipper': ['lib'],
  'log-store': ['lib'],
  cli: ['lib'],
  dashboards: ['lib'],
  'charts/demo': [],
  scripts: ['lib', 'control-plane/alerts', 'control-plane/metrics'],
  test: ['lib', 'control-plane', 'node-agent', 'log-shipper', 'log-store', 'cli', 'dashboards', 'scripts', 'charts'],
};

const sources = globSync(
  '{lib,control-plane,node-agent,log-shipper,log-store,cli,dashboards,charts,scripts,test}/**/*.ts',
  {
    cwd: root,
  },
).filter((file) => !file.includes('node_modules'));

function roomOf(file: string): string | undefined {
  return Object.keys(edges)
    .filter((room) => file === room || file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? '').filter((specifier) => specifier.startsWith('.'));
}

/** A unit test beside the code may use the contract suites and builders in `test/`, and any room's real parts. */
const isTest = (file: string) => file.endsWith('.test.ts');

function forbidden(file: string): string[] {
  const room = roomOf(file);
  if (!room) return [`${file} is in no room`];
  const allowed = [room, ...(edges[room] ?? [])];
  return importsOf(file)
    .map((specifier) => normalize(join(dirname(file), specifier)))
    .filter((target) => !allowed.some((place) => target === place || target.startsWith(`${place}/`)))
    .map((target) => `${file} imports ${target}`);
}

/** The files of a graph of imports that lead back to themselves: what is left when all have gone that import none of the rest, or that none of the rest imports. */
function inCircles(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  let left = new Map(imports);
  for (;;) {
    const imported = new Set([...left.values()].flat());
    const next = new Map(
      [...left]
        .filter(([file, targets]) => imported.has(file) && targets.length > 0)
        .map(([file, targets]) => [file, targets.filter((target) => left.has(target))] as const),
    );
    const size = (graph: typeof left) => [...graph.values()].reduce((sum, targets) => sum + targets.length + 1, 0);
    if (size(next) === size(left)) return [...next.keys()].sort();
    left = next;
  }
}

describe('the direction of imports', () => {
  test('every room has files, so that this test cannot pass by seeing nothing', () => {
    for (const room of [
      'lib',
      'control-plane/store',
      'control-plane/registry',
      'node-agent',
      'log-shipper',
      'log-store',
      'cli',
    ]) {
      expect(
        sources.filter((file) => file.startsWith(`${room}/`)),
        room,
      ).not.toHaveLength(0);
    }
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(100);
  });

  test('no file imports from a room it may not know', () => {
    expect(sources.filter((file) => !isTest(file)).flatMap(forbidden)).toEqual([]);
  });

  test('a wrong edge would be found', () => {
    expect(roomOf('lib/clock.ts')).toBe('lib');
    expect(roomOf('control-plane/store/store.ts')).toBe('control-plane/store');
    expect(roomOf('control-plane/main.ts')).toBe('control-plane/main.ts');
  });

  test('no files import each other, not even for types', () => {
    const files = new Set(sources.filter((file) => !isTest(file)));
    const graph = [...files].map((file) => {
      const targets = importsOf(file).map((specifier) => normalize(join(dirname(file), specifier)));
      return [file, targets.filter((target) => files.has(target))] as const;
    });
    expect(inCircles(new Map(graph))).toEqual([]);
  });

  test('a circle would be found, and what only leads to it or from it is not blamed', () => {
    const graph = new Map([
      ['user', ['a']],
      ['a', ['b', 'used']],
      ['b', ['c']],
      ['c', ['a']],
      ['used', []],
    ]);
    expect(inCircles(graph)).toEqual(['a', 'b', 'c']);
    expect(inCircles(new Map([...graph, ['c', []]]))).toEqual([]);
  });

  test('the published client types are imported as types only, for they would cost every process 80 MB', () => {
    const offenders = sources.filter(
      (file) =>
        !file.startsWith('test/') &&
        !isTest(file) &&
        /import\s+(?!type\b)[^;]*from\s+'@kubernetes\/client-node'/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(offenders).toEqual([]);
  });
});
