import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, hashOfSources, readSources } from './content-hash.ts';
import { productionPackages, type Lockfile } from './production-packages.ts';
import type { ImageRecipe } from './recipe.ts';
import type { TarEntry } from './tar-file.ts';

const sourcePatterns = [
  '{lib,cli,control-plane,node-agent,log-shipper,log-store}/**/*.{ts,js,json}',
  'dashboards/console/**/*',
  'package.json',
];

/** What a running server loads; everything else in a package (types, maps, documents) stays out. */
const loadable = /\.(?:c?js|mjs|json|node|wasm|proto)$/;

/** `vigil:dev`: the platform's source on its production dependencies, in two layers so that a change of source copies little. */
export function platformImage(root: string, node: ImageRecipe): ImageRecipe {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const modules: ImageRecipe = {
    tag: 'vigil/modules:dev',
    contentHash: hashOf('modules-2', node.contentHash, lockText),
    from: node,
    entries: () => moduleFiles(root, JSON.parse(lockText)),
    settings: { WorkingDir: '/vigil' },
  };
  const sources = readSources(root, sourcePatterns, (path) => path.endsWith('.test.ts'));
  return {
    tag: 'vigil:dev',
    contentHash: hashOf('platform-2', modules.contentHash, hashOfSources(sources)),
    from: modules,
    entries: () =>
      sources.map(
        (file) => ({ kind: 'text', name: `vigil/${file.path}`, text: file.content.toString('utf8') }) as const,
      ),
    settings: {},
  };
}

function* moduleFiles(root: string, lock: Lockfile): Iterable<TarEntry> {
  for (const directory of productionPackages(lock)) {
    for (const path of filesBelow(root, directory)) {
      const source = join(root, path);
      yield { kind: 'file', name: `vigil/${path}`, source, sizeBytes: statSync(source).size, mode: 0o644 };
    }
  }
}

/** Loadable files of one package, without the packages nested in it: those are listed by themselves. */
function* filesBelow(root: string, directory: string): Iterable<string> {
  for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== 'node_modules') yield* filesBelow(root, path);
    else if (entry.isFile() && loadable.test(entry.name)) yield path;
  }
}
