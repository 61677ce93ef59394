import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { loadImages } from './load-images.ts';
import { imageHashes } from './make-images.ts';
import type { ImageRecipe } from './recipe.ts';

/** Gives engines the images that another one holds; much less work than making them again. `scratchFile` is written and removed. */
export async function copyImages(
  from: Docker,
  to: readonly Docker[],
  recipes: readonly ImageRecipe[],
  scratchFile: string,
): Promise<void> {
  const lacking = await Promise.all(to.map((docker) => lacks(docker, recipes)));
  const receivers = to.filter((_, index) => lacking[index] === true);
  if (receivers.length === 0) return;
  try {
    const tags = recipes.map((recipe) => recipe.tag);
    await pipeline(await saved(from, tags), createWriteStream(scratchFile, { mode: 0o600 }));
    await Promise.all(receivers.map((docker) => loadImages(docker, createReadStream(scratchFile))));
  } finally {
    rmSync(scratchFile, { force: true });
  }
}

async function lacks(docker: Docker, recipes: readonly ImageRecipe[]): Promise<boolean> {
  const present = await imageHashes(docker);
  return recipes.some((recipe) => present.get(recipe.tag) !== recipe.contentHash);
}

function saved(docker: Docker, tags: readonly string[]): Promise<NodeJS.ReadableStream> {
  const names = tags.map((tag) => `names=${encodeURIComponent(tag)}`).join('&');
  return new Promise((resolve, reject) => {
    // The client cuts off the last character of a path with a query that it was given no options for.
    const request = { path: `/images/get?${names}&`, method: 'GET', isStream: true, statusCodes: { 200: true } };
    docker.modem.dial(request, (error: Error | null, stream: unknown) => {
      if (error) reject(error);
      else resolve(stream as NodeJS.ReadableStream);
    });
  });
}
