import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { dockerLabels } from '../../lib/names.ts';
import { engineStatus } from './docker-errors.ts';
import type { NodeScope } from './docker-labels.ts';

/**
 * Gives `read` the files of an image as a tar, from a container that is made and never started: engines from version 28 on could mount an image by themselves, those
 * before can only export. A node has one such container at a time, under one name, so that the next one removes what a crash has left.
 */
export async function readDockerImage(
  docker: Docker,
  scope: NodeScope,
  imageId: string,
  read: (tar: Readable) => Promise<void>,
): Promise<void> {
  const name = `vigil_image_${scope.clusterName}_${scope.nodeName}`;
  await removeByName(docker, name);
  await docker.createContainer({
    name,
    Image: imageId,
    // Images of data alone have no command, and the engine wants one.
    Entrypoint: [],
    Cmd: ['-'],
    // Of the cluster, so that it goes with it; of no node, for it is no pod's.
    Labels: { [dockerLabels.cluster]: scope.clusterName },
    HostConfig: { NetworkMode: 'none' },
  });
  try {
    await read((await docker.getContainer(name).export()) as Readable);
  } finally {
    await removeByName(docker, name);
  }
}

async function removeByName(docker: Docker, name: string): Promise<void> {
  try {
    await docker.getContainer(name).remove({ force: true, v: true });
  } catch (error) {
    if (engineStatus(error) !== 404) throw error;
  }
}
