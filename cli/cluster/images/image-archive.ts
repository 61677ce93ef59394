import { createHash } from 'node:crypto';
import { arch } from 'node:os';
import type { Layer } from './layer.ts';
import { contentLabel, settingsOf, type ImageRecipe } from './recipe.ts';
import type { TarEntry } from './tar-file.ts';

/** An image and its layers from the bottom up. */
export interface LayeredImage {
  readonly recipe: ImageRecipe;
  readonly layers: readonly Layer[];
}

/** Equal contents make equal images, whenever they are made. */
const CREATED = '1970-01-01T00:00:00Z';
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * The archive that `docker load` takes (Docker image specification 1.2): a configuration for each image, each layer once, and `manifest.json`. Layers without a file are
 * named but not there: an engine that holds them does not look for them.
 */
export function archiveEntries(images: readonly LayeredImage[]): readonly TarEntry[] {
  const configs = images.map((image) => configOf(image));
  const layers = new Map(images.flatMap((image) => image.layers).map((layer) => [layer.diffId, layer]));
  const manifest = images.map((image, index) => ({
    Config: configs[index]?.name,
    RepoTags: [image.recipe.tag],
    Layers: image.layers.map((layer) => fileNameOf(layer)),
  }));
  return [
    ...configs.map(({ name, text }) => ({ kind: 'text', name, text }) as const),
    ...[...layers.values()].flatMap((layer): TarEntry[] =>
      layer.file === undefined
        ? []
        : [{ kind: 'file', name: fileNameOf(layer), source: layer.file, sizeBytes: layer.sizeBytes }],
    ),
    { kind: 'text', name: 'manifest.json', text: JSON.stringify(manifest) },
  ];
}

function configOf({ recipe, layers }: LayeredImage): { readonly name: string; readonly text: string } {
  const text = JSON.stringify({
    architecture: architectures[arch()] ?? arch(),
    os: 'linux',
    created: CREATED,
    config: { ...settingsOf(recipe), Labels: { [contentLabel]: recipe.contentHash } },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map(() => ({ created: CREATED, created_by: 'kctl' })),
  });
  return { name: `${createHash('sha256').update(text).digest('hex')}.json`, text };
}

function fileNameOf(layer: Layer): string {
  return `${layer.diffId.replace('sha256:', '')}.tar`;
}
