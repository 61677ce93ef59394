import { agentImage } from './agent-image.ts';
import { baseImages } from './base-images.ts';
import { demoImages } from './demo-images.ts';
import { platformImage } from './platform-images.ts';
import type { ImageRecipe } from './recipe.ts';

/** Every image that a cluster needs; `root` is the repository. */
export function allImages(root: string): readonly ImageRecipe[] {
  const { pause, busybox, node } = baseImages();
  return [pause, busybox, node, platformImage(root, node), ...demoImages(root, node)];
}

/** What docker-compose.dev.yml needs beside these: an agent that runs in a container. */
export function composeImages(root: string): readonly ImageRecipe[] {
  const { node } = baseImages();
  return [...allImages(root), agentImage(platformImage(root, node))];
}
