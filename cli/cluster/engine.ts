import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { messageOf, VigilError } from '../../lib/errors.ts';

/** Where Docker listens unless told otherwise. */
const DEFAULT_HOST = 'unix:///var/run/docker.sock';

/**
 * The Docker endpoint of this machine: DOCKER_HOST, else the usual socket, else the engine that the set-up started (its address is in `engine.json`).
 */
export function dockerHostOf(env: Readonly<Record<string, string | undefined>>, home: string): string {
  if (env['DOCKER_HOST']) return env['DOCKER_HOST'];
  const own = join(home, 'engine.json');
  if (existsSync(own)) {
    const state: unknown = JSON.parse(readFileSync(own, 'utf8'));
    if (typeof state === 'object' && state !== null && 'dockerHost' in state && typeof state.dockerHost === 'string') {
      return state.dockerHost;
    }
  }
  return DEFAULT_HOST;
}

/** A client of the engine at `dockerHost` (`unix:///path` or `tcp://host:port`). Loaded when first needed: it is large. */
export async function connectDocker(dockerHost: string): Promise<Docker> {
  const { default: DockerClient } = await import('dockerode');
  if (dockerHost.startsWith('unix://')) return new DockerClient({ socketPath: dockerHost.slice('unix://'.length) });
  const url = new URL(dockerHost.replace(/^tcp:/, 'http:'));
  return new DockerClient({ host: url.hostname, port: Number(url.port || 2375), protocol: 'http' });
}

/** The engine's version, or an error that says what to do. */
export async function engineVersion(docker: Docker, dockerHost: string): Promise<string> {
  try {
    return (await docker.version()).Version;
  } catch (error) {
    throw new VigilError(
      'NO_ENGINE',
      'terminal',
      `no Docker engine answers at ${dockerHost} (${messageOf(error)}): start it, or set DOCKER_HOST`,
      { cause: error },
    );
  }
}
