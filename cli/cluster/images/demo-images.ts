import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { hashOf, hashOfSources, readSources } from './content-hash.ts';
import type { ImageRecipe } from './recipe.ts';

/** Versions of the demo that differ only in what they say they are: enough to roll out, and to roll back. */
const VERSIONS = ['1', '2', '3'];

/**
 * `demo:1`, `demo:2`, `demo:3`: the sample application. Types are stripped here, once, because its pods have a fifth of a processor and
 * should not spend their first second on that.
 */
export function demoImages(root: string, node: ImageRecipe): readonly ImageRecipe[] {
  const folder = join(root, 'charts/demo/app');
  const sources = readSources(folder, ['*.ts'], (path) => path.endsWith('.test.ts'));
  const contentHash = hashOf('demo-2', node.contentHash, hashOfSources(sources));
  const first: ImageRecipe = {
    tag: `demo:${VERSIONS[0]}`,
    contentHash,
    from: node,
    entries: () => [
      { kind: 'text', name: 'app/package.json', text: '{"type":"module"}\n' },
      ...sources.map(
        ({ path }) =>
          ({ kind: 'text', name: `app/${path.replace(/\.ts$/, '.js')}`, text: stripped(join(folder, path)) }) as const,
      ),
    ],
    settings: { WorkingDir: '/app', Env: [`DEMO_VERSION=${VERSIONS[0]}`], Cmd: ['node', 'main.js'] },
  };
  const later = VERSIONS.slice(1).map((version): ImageRecipe => ({
    tag: `demo:${version}`,
    contentHash: hashOf(contentHash, version),
    from: first,
    entries: () => [],
    settings: { Env: [`DEMO_VERSION=${version}`] },
  }));
  return [first, ...later];
}

function stripped(file: string): string {
  return stripTypeScriptTypes(readFileSync(file, 'utf8')).replaceAll(/(from\s+'\.[^']*)\.ts'/g, "$1.js'");
}
