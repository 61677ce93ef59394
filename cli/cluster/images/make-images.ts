import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { archiveEntries, type LayeredImage } from './image-archive.ts';
import { writeLayer, type Layer } from './layer.ts';
import { loadImages } from './load-images.ts';
import { contentLabel, inBuildOrder, type ImageRecipe } from './recipe.ts';
import { tarOf } from './tar-file.ts';

/**
 * Gives each engine those of `recipes` (and of the images they stand on) that it does not hold with the same content: each layer is written once, then loaded into all
 * engines at the same time. Resolves with the tags that any of them lacked.
 */
export async function makeImages(
  engines: readonly Docker[],
  recipes: readonly ImageRecipe[],
): Promise<readonly string[]> {
  const ordered = inBuildOrder(recipes);
  const present = await Promise.all(engines.map((docker) => imagesOf(docker)));
  const lacked = ordered.filter((recipe) =>
    present.some((held) => held.get(recipe.tag)?.contentHash !== recipe.contentHash),
  );
  if (lacked.length === 0) return [];
  const [first] = present;
  const known = engines.length === 1 && first ? first : new Map<string, HeldImage>();
  const folder = mkdtempSync(join(tmpdir(), 'vigil-images-'));
  try {
    try {
      await load(engines, await layered(lacked, known, folder));
    } catch (error) {
      if (known.size === 0) throw error;
      // An engine may want to see even the layers that it holds.
      await load(engines, await layered(lacked, new Map(), folder));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await Promise.all(engines.map((docker) => removeReplaced(docker)));
  return lacked.map((recipe) => recipe.tag);
}

/** Images of ours that lost their tags to newer ones; those that a container still uses stay. */
async function removeReplaced(docker: Docker): Promise<void> {
  const filters = { label: [contentLabel], dangling: ['true'] };
  for (const image of await docker.listImages({ filters })) {
    await docker
      .getImage(image.Id)
      .remove()
      .catch(() => undefined);
  }
}

interface HeldImage {
  readonly contentHash: string;
  readonly diffIds: readonly string[];
}

/** Our images on an engine, by tag. */
async function imagesOf(docker: Docker): Promise<ReadonlyMap<string, HeldImage>> {
  const held = new Map<string, HeldImage>();
  for (const image of await docker.listImages({ filters: { label: [contentLabel] } })) {
    const { RootFS } = await docker.getImage(image.Id).inspect();
    const contentHash = image.Labels?.[contentLabel] ?? '';
    for (const tag of image.RepoTags ?? []) held.set(tag, { contentHash, diffIds: RootFS.Layers ?? [] });
  }
  return held;
}

/** Writes the layers of `recipes`; of images that are held unchanged only the names of the layers are taken. */
async function layered(
  recipes: readonly ImageRecipe[],
  held: ReadonlyMap<string, HeldImage>,
  folder: string,
): Promise<readonly LayeredImage[]> {
  const done = new Map<string, readonly Layer[]>();
  const layersOf = async (recipe: ImageRecipe): Promise<readonly Layer[]> => {
    const known = done.get(recipe.tag);
    if (known) return known;
    const holding = held.get(recipe.tag);
    const layers =
      holding?.contentHash === recipe.contentHash
        ? holding.diffIds.map((diffId) => ({ diffId, sizeBytes: 0 }))
        : [
            ...(recipe.from ? await layersOf(recipe.from) : []),
            ...(await ownLayer(recipe, join(folder, String(done.size)))),
          ];
    done.set(recipe.tag, layers);
    return layers;
  };
  const images: LayeredImage[] = [];
  for (const recipe of recipes) images.push({ recipe, layers: await layersOf(recipe) });
  return images;
}

async function ownLayer(recipe: ImageRecipe, file: string): Promise<readonly Layer[]> {
  const entries = [...recipe.entries()];
  return entries.length === 0 ? [] : [await writeLayer(entries, file)];
}

async function load(engines: readonly Docker[], images: readonly LayeredImage[]): Promise<void> {
  await Promise.all(engines.map((docker) => loadImages(docker, tarOf(archiveEntries(images)))));
}
