import type Docker from 'dockerode';
import { VigilError } from '../../lib/errors.ts';
import { linesOf } from '../../lib/kube/json-lines.ts';
import { engineMessage, engineStatus } from './docker-errors.ts';
import type { ImageDetail, RegistryLogin } from './runtime.ts';

export async function dockerImage(docker: Docker, reference: string): Promise<ImageDetail | undefined> {
  try {
    const info = await docker.getImage(reference).inspect();
    return {
      id: info.Id,
      tags: info.RepoTags ?? [],
      digests: info.RepoDigests ?? [],
      sizeBytes: info.Size,
      user: info.Config.User || undefined,
    };
  } catch (error) {
    const status = engineStatus(error);
    // 400: not a valid reference, so certainly not an image.
    if (status === 404 || status === 400) return undefined;
    throw error;
  }
}

export async function dockerImages(docker: Docker): Promise<readonly ImageDetail[]> {
  const images = await docker.listImages();
  return images.map((image) => ({
    id: image.Id,
    tags: (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
    digests: (image.RepoDigests ?? []).filter((digest) => !digest.includes('<none>')),
    sizeBytes: image.Size,
  }));
}

/** The engine answers 200 and tells of failure in the last object of its progress stream. */
export async function dockerPull(
  docker: Docker,
  reference: string,
  login: RegistryLogin | undefined,
  signal: AbortSignal,
): Promise<void> {
  try {
    const progress = await docker.pull(withTag(reference), {
      abortSignal: signal,
      ...(login
        ? { authconfig: { username: login.username, password: login.password, serveraddress: login.server } }
        : {}),
    });
    for await (const line of linesOf(progress as AsyncIterable<Uint8Array>)) {
      const step = JSON.parse(line.toString('utf8')) as { error?: string };
      if (step.error !== undefined) throw new Error(step.error);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new VigilError('IMAGE_PULL_FAILED', 'transient', engineMessage(error), { cause: error });
  }
}

/** Without a tag the engine would pull every tag there is. */
function withTag(reference: string): string {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  return name.includes(':') || name.includes('@') ? reference : `${reference}:latest`;
}
