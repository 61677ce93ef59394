import { createRequire } from 'node:module';
import type Docker from 'dockerode';
import { VigilError } from '../../lib/errors.ts';

const require = createRequire(import.meta.url);

/**
 * A dockerode client of the engine at `unix:///path` or `tcp://host:port`.
 *
 * dockerode loads gRPC (for BuildKit sessions) and ssh2 (for `ssh://` engines) when it is imported: 30 MB of memory for parts that an agent never calls. Both are
 * replaced by empty modules before the import; the rest of it costs 3 MB.
 */
export function connectDocker(endpoint: string): Docker {
  const DockerClient = loadDockerode();
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol === 'unix:') return new DockerClient({ socketPath: decodeURIComponent(url.pathname) });
  if (url?.protocol === 'tcp:' || url?.protocol === 'http:') {
    return new DockerClient({ host: url.hostname, port: Number(url.port || 2375), protocol: 'http' });
  }
  throw new VigilError('DOCKER_ENDPOINT_INVALID', 'invalid', `unsupported Docker endpoint ${endpoint}`);
}

function loadDockerode(): typeof Docker {
  const dockerode = require.resolve('dockerode');
  replaceByNothing(dockerode, './session');
  replaceByNothing(createRequire(dockerode).resolve('docker-modem'), './ssh');
  return require(dockerode) as typeof Docker;
}

function replaceByNothing(importer: string, specifier: string): void {
  const id = createRequire(importer).resolve(specifier);
  if (require.cache[id]) return;
  const unavailable = () => {
    throw new VigilError('DOCKER_PART_UNAVAILABLE', 'bug', `${specifier} of dockerode is not loaded in the agent`);
  };
  const module = { id, filename: id, path: '', loaded: true, exports: unavailable, children: [], paths: [] };
  require.cache[id] = module as unknown as NodeJS.Module;
}
