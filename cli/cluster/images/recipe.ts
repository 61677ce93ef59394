import type { TarEntry } from './tar-file.ts';

/** How one image is made: a layer of files on the layers of another image of ours, and settings on top of its settings. */
export interface ImageRecipe {
  /** `vigil/node:dev`. */
  readonly tag: string;
  /** Changes whenever the image would: kept as a label, so that an unchanged image is not made again. */
  readonly contentHash: string;
  readonly from?: ImageRecipe | undefined;
  /** Empty: no layer of its own. */
  readonly entries: () => Iterable<TarEntry>;
  readonly settings: ImageSettings;
}

/** As in the `config` of an image; what is absent is inherited. */
export interface ImageSettings {
  readonly Env?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly WorkingDir?: string;
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

/** The settings of an image with those it inherits; environment variables add up. */
export function settingsOf(recipe: ImageRecipe): ImageSettings {
  const inherited = recipe.from ? settingsOf(recipe.from) : {};
  const Env = [...(inherited.Env ?? []), ...(recipe.settings.Env ?? [])];
  const names = Env.map((variable) => variable.split('=')[0]);
  return { ...inherited, ...recipe.settings, Env: Env.filter((_, index) => names.lastIndexOf(names[index]) === index) };
}
