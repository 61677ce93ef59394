import { DockerRuntime } from '../../../node-agent/runtime/docker-runtime.ts';
import { connectDocker } from '../../../node-agent/runtime/dockerode.ts';
import { ownNumber } from '../../support/own-number.ts';
import { mustRun, runProgram } from '../../support/run-program.ts';
import { dockerHost } from '../agent/agent-cluster.ts';
import { busyboxImage, ensureImages } from '../agent/images.ts';
import { runtimeSuite } from './runtime-suite.ts';

runtimeSuite('Docker’s engine', async () => {
  await ensureImages();
  const prefix = `agent-runtime-${process.pid}`;
  const block = 176 + (await ownNumber('runtime-subnet', 16));
  await mustRun('docker', ['network', 'create', '--subnet', `10.${block}.0.0/24`, prefix]);
  const docker = connectDocker(dockerHost);
  const scope = (nodeName: string) => ({ clusterName: prefix, nodeName });
  return {
    runtime: new DockerRuntime(docker, scope('node-1')),
    neighbour: new DockerRuntime(docker, scope('node-2')),
    image: busyboxImage,
    networkName: prefix,
    addresses: [`10.${block}.0.12`, `10.${block}.0.13`],
    prefix,
    remove: async () => {
      await runProgram('docker', ['network', 'rm', prefix]);
    },
  };
});
