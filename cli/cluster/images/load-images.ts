import type Docker from 'dockerode';
import { VigilError } from '../../../lib/errors.ts';

/** Loads what `docker save` wrote; resolves with what the engine says about it. */
export async function loadImages(docker: Docker, archive: NodeJS.ReadableStream): Promise<string> {
  const progress = await docker.loadImage(archive, { quiet: true });
  return await new Promise<string>((resolve, reject) => {
    docker.modem.followProgress(
      progress,
      (error: Error | null, output: readonly { readonly stream?: string; readonly error?: string }[]) => {
        const problem = error?.message ?? output?.find((line) => line.error !== undefined)?.error;
        if (problem !== undefined) {
          reject(new VigilError('IMAGE_FAILED', 'invalid', `the image cannot be loaded: ${problem}`, { cause: error }));
          return;
        }
        resolve(
          output
            .map((line) => line.stream ?? '')
            .join('')
            .trim(),
        );
      },
    );
  });
}
