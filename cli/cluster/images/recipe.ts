import type { TarEntry } from './tar-file.ts';

/** How one image is made. `imported` images are one layer from a tar; `built` ones stand on another image of ours. */
export interface ImageRecipe {
  /** `vigil/node:dev`. */
  readonly tag: string;
  /** Changes whenever the image would: kept as a label, so that an unchanged image is not made again. */
  readonly contentHash: string;
  readonly from?: ImageRecipe | undefined;
  readonly entries: () => Iterable<TarEntry>;
  /** Dockerfile instructions other than FROM, COPY and LABEL. */
  readonly settings: readonly string[];
}

/** Label that holds the content hash; also what `kctl` recognises its images by. */
export const contentLabel = 'dev.vigil.content';

/** Recipes in an order in which each stands on one before it, without repeats. */
export function inBuildOrder(recipes: readonly ImageRecipe[]): readonly ImageRecipe[] {
  const ordered = new Map<string, ImageRecipe>();
  const visit = (recipe: ImageRecipe): void => {
    if (ordered.has(recipe.tag)) return;
    if (recipe.from) visit(recipe.from);
    ordered.set(recipe.tag, recipe);
  };
  for (const recipe of recipes) visit(recipe);
  return [...ordered.values()];
}
