import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { VigilError } from '../../lib/errors.ts';

/** Where everything of one cluster lies; ARCHITECTURE.md shows the tree. */
export interface ClusterHome {
  readonly name: string;
  readonly root: string;
  readonly record: string;
  readonly kubeconfig: string;
  readonly pki: string;
  readonly controlPlane: string;
  readonly shipper: string;
  readonly logStore: string;
  readonly run: string;
  readonly logs: string;
  node(name: string): string;
}

const NAME = /^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/;

/** The folder that holds all clusters: VIGIL_HOME, by default `~/.vigil`. */
export function vigilHome(env: Readonly<Record<string, string | undefined>>): string {
  return resolve(env['VIGIL_HOME'] ?? join(env['HOME'] ?? homedir(), '.vigil'));
}

/** Paths of the cluster `name`; refuses names that could not be a Docker network or a folder. */
export function clusterHome(home: string, name: string): ClusterHome {
  if (!NAME.test(name)) {
    throw new VigilError(
      'USAGE',
      'invalid',
      `--name "${name}": expected lower-case letters, digits and dashes, at most 30`,
    );
  }
  const root = join(home, name);
  return {
    name,
    root,
    record: join(root, 'cluster.json'),
    kubeconfig: join(root, 'kubeconfig'),
    pki: join(root, 'pki'),
    controlPlane: join(root, 'control-plane'),
    shipper: join(root, 'shipper'),
    logStore: join(root, 'log-store'),
    run: join(root, 'run'),
    logs: join(root, 'logs'),
    node: (node) => join(root, 'nodes', node),
  };
}
