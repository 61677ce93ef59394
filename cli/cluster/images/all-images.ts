import { baseImages } from './base-images.ts';
import { demoImages } from './demo-images.ts';
import { platformImage } from './platform-images.ts';
import type { ImageRecipe } from './recipe.ts';

/** Every image that a cluster needs; `root` is the repository. */
export function allImages(root: string): readonly ImageRecipe[] {
  const { pause, busybox, node } = baseImages();
  return [pause, busybox, node, platformImage(root, node), ...demoImages(root, node)];
}
