import { createReadStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { VigilError } from '../../lib/errors.ts';
import type { KctlContext, Verb } from '../command.ts';
import { table } from '../output/table.ts';
import { chosenCluster, nameOption } from './cluster-options.ts';
import { connectDocker } from './engine.ts';
import { loadImages } from './images/load-images.ts';
import { enginesOf, type NodeEngine } from './node-engines.ts';

/** `kctl image load FILE.tar` and `kctl image ls`: images on the engine of every node. */
export const image: Verb = {
  usage: 'load FILE.tar | ls   [--name NAME]',
  summary: 'Put a saved image (docker save) on every node, or list the images of every node.',
  options: nameOption,
  async run(args, context) {
    const { record } = chosenCluster(args, context);
    const engines = enginesOf(record);
    const [action, file] = args.positionals;
    if (action === 'ls') return await list(engines);
    if (action === 'load' && file !== undefined) return await load(engines, file, context);
    throw new VigilError('USAGE', 'invalid', 'expected: image load FILE.tar, or image ls');
  },
};

async function load(engines: readonly NodeEngine[], file: string, context: KctlContext): Promise<number> {
  const path = resolve(context.cwd, file);
  if (!existsSync(path))
    throw new VigilError('NO_FILE', 'invalid', `${path} is not there: docker save IMAGE -o FILE.tar makes one`);
  for (const engine of engines) {
    const docker = await connectDocker(engine.dockerHost);
    const said = await loadImages(docker, createReadStream(path));
    console.log(`${engine.nodes.join(', ')}: ${said}`);
  }
  return 0;
}

async function list(engines: readonly NodeEngine[]): Promise<number> {
  const rows: string[][] = [];
  for (const engine of engines) {
    const docker = await connectDocker(engine.dockerHost);
    for (const found of await docker.listImages()) {
      for (const tag of found.RepoTags ?? []) {
        if (tag === '<none>:<none>') continue;
        rows.push([
          engine.nodes.join(','),
          tag,
          found.Id.replace('sha256:', '').slice(0, 12),
          `${(found.Size / 1e6).toFixed(1)} MB`,
        ]);
      }
    }
  }
  rows.sort((a, b) => ((a[0] ?? '') + (a[1] ?? '') < (b[0] ?? '') + (b[1] ?? '') ? -1 : 1));
  console.log(table(['NODES', 'IMAGE', 'ID', 'SIZE'], rows));
  return 0;
}
