import type Docker from 'dockerode';
import { VigilError } from '../../../lib/errors.ts';
import { contentLabel, inBuildOrder, type ImageRecipe } from './recipe.ts';
import { tarOf, type TarEntry } from './tar-file.ts';

/** Makes those of `recipes` (and of the images they stand on) that the engine does not hold with the same content. Resolves with the tags made. */
export async function makeImages(docker: Docker, recipes: readonly ImageRecipe[]): Promise<readonly string[]> {
  const present = await imageHashes(docker);
  const made: string[] = [];
  for (const recipe of inBuildOrder(recipes)) {
    if (present.get(recipe.tag) === recipe.contentHash) continue;
    await (recipe.from ? build(docker, recipe, recipe.from) : importLayer(docker, recipe));
    made.push(recipe.tag);
  }
  return made;
}

/** The content hash of each image of ours that the engine holds, by tag. */
export async function imageHashes(docker: Docker): Promise<ReadonlyMap<string, string>> {
  const images = await docker.listImages({ filters: { label: [contentLabel] } });
  return new Map(
    images.flatMap((image) => (image.RepoTags ?? []).map((tag) => [tag, image.Labels?.[contentLabel] ?? ''] as const)),
  );
}

async function importLayer(docker: Docker, recipe: ImageRecipe): Promise<void> {
  const [repo, tag] = splitTag(recipe.tag);
  const changes = [...recipe.settings, `LABEL ${contentLabel}=${recipe.contentHash}`].join('\n');
  const progress = await docker.importImage(tarOf(recipe.entries()), { repo, tag, changes });
  await finished(docker, progress, recipe.tag);
}

async function build(docker: Docker, recipe: ImageRecipe, from: ImageRecipe): Promise<void> {
  const entries = [...recipe.entries()];
  const dockerfile = [
    `FROM ${from.tag}`,
    ...(entries.length > 0 ? ['COPY root/ /'] : []),
    ...recipe.settings,
    `LABEL ${contentLabel}=${recipe.contentHash}`,
  ].join('\n');
  const context: TarEntry[] = [
    { kind: 'text', name: 'Dockerfile', text: dockerfile },
    ...entries.map((entry) => ({ ...entry, name: `root/${entry.name}` })),
  ];
  const progress = await docker.buildImage(tarOf(context), {
    t: recipe.tag,
    rm: true,
    forcerm: true,
    pull: 'false' as never,
  });
  await finished(docker, progress, recipe.tag);
}

/** Reads the engine's progress to its end; a line with `error` fails the image. */
function finished(docker: Docker, progress: NodeJS.ReadableStream, tag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(progress, (error: Error | null, output: readonly { readonly error?: string }[]) => {
      const failure = error?.message ?? output?.find((line) => line.error !== undefined)?.error;
      if (failure === undefined) resolve();
      else
        reject(
          new VigilError('IMAGE_FAILED', 'terminal', `image ${tag} could not be made: ${failure}`, { cause: error }),
        );
    });
  });
}

function splitTag(reference: string): [string, string] {
  const colon = reference.lastIndexOf(':');
  return [reference.slice(0, colon), reference.slice(colon + 1)];
}
