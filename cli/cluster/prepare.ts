import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import { agentPort } from '../../lib/names.ts';
import type { Verb } from '../command.ts';
import { nodeAddress } from './addresses.ts';
import { freePort } from './allocate.ts';
import { clusterHome, vigilHome, type ClusterHome } from './cluster-home.ts';
import { integerOption } from './cluster-options.ts';
import { readRecord, type ClusterRecord, type OutsideLogStore } from './cluster-record.ts';
import { ensureCredentials } from './credentials.ts';
import { connectDocker, dockerHostOf } from './engine.ts';
import { composeImages } from './images/all-images.ts';
import { makeImages } from './images/make-images.ts';
import { logStoreOption } from './log-store-option.ts';
import { withMachineLock } from './machine-lock.ts';
import { pkiFiles } from './pki-files.ts';
import { repositoryRoot } from './repository.ts';
import { reserveCluster } from './reserve-cluster.ts';
import { isOutside } from './store-access.ts';
import { writeConfigs } from './write-configs.ts';

const COMPOSE_NODES = 2;
const FIRST_LOG_STORE_PORT = 9200;
/** Where the platform lies in its image. */
const ROOT_IN_IMAGE = '/vigil';

/** `kctl prepare`: everything docker-compose.dev.yml starts from (images, certificates, configurations, addresses), without starting anything. */
export const prepare: Verb = {
  usage: '[--name NAME] [--log-store URL] [--log-store-port PORT]',
  summary: 'Make what docker-compose.dev.yml runs from, in VIGIL_HOME/NAME; prints the path of its environment file.',
  options: {
    name: { type: 'string', help: 'NAME of the cluster (default compose)' },
    'log-store': { type: 'string', help: "URL of an Elasticsearch, or opensearch+URL (default: compose's own store)" },
    'log-store-port': { type: 'string', help: "PORT of compose's own store on 127.0.0.1" },
  },
  async run(args, context) {
    const clock = new SystemClock();
    const root = vigilHome(context.env);
    const home = clusterHome(root, args.string('name') ?? 'compose');
    const dockerHost = dockerHostOf(context.env, root);
    const docker = await connectDocker(dockerHost);
    const storePort = args.has('log-store-port')
      ? integerOption(args, 'log-store-port', 0, 1, 65_535)
      : (ownStorePort(readRecord(home)) ?? (await freePort(0, new Set(), FIRST_LOG_STORE_PORT)));
    const own: OutsideLogStore = {
      kind: 'elasticsearch',
      url: `https://127.0.0.1:${storePort}`,
      clusterCredentials: true,
    };
    const logStore = logStoreOption(args, context.cwd) ?? own;
    if (typeof logStore === 'object' && !isOutside(logStore)) {
      throw new VigilError(
        'USAGE',
        'invalid',
        `--log-store ${logStore.chart}: with compose the store is outside: expected none or a URL`,
      );
    }
    const wanted = { name: home.name, nodes: COMPOSE_NODES, logStore };
    const record = await withMachineLock(clock, context.signal, () =>
      reserveCluster(wanted, docker, { vigilHome: root, home, dockerHost, clock }),
    );
    await makeImages([docker], composeImages(repositoryRoot));
    await ensureCredentials(home, record, clock.now());
    writeConfigs(ROOT_IN_IMAGE, home, record);
    writePrometheusTargets(home, record);
    const dockerRoot = ((await docker.info()) as { readonly DockerRootDir: string }).DockerRootDir;
    console.log(writeEnvironment(root, home, record, storePort, dockerRoot));
    return 0;
  },
};

function ownStorePort(record: ClusterRecord | undefined): number | undefined {
  const store = record?.logStore;
  return store && isOutside(store) && store.clusterCredentials ? Number(new URL(store.url).port) : undefined;
}

/** Variables that docker-compose.dev.yml is filled in with. */
function writeEnvironment(
  root: string,
  home: ClusterHome,
  record: ClusterRecord,
  storePort: number,
  dockerRoot: string,
): string {
  const path = join(home.root, 'compose.env');
  const variables = {
    VIGIL_COMPOSE_NAME: home.name,
    VIGIL_COMPOSE_PARENT: root,
    VIGIL_COMPOSE_DIR: home.root,
    VIGIL_DOCKER_SOCKET: record.dockerHost.replace(/^unix:\/\//, ''),
    VIGIL_DOCKER_ROOT: dockerRoot,
    VIGIL_LOG_STORE_PORT: String(storePort),
    VIGIL_LOG_STORE_API_KEY: readFileSync(pkiFiles(home.pki).logStoreApiKey, 'utf8'),
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return path;
}

function writePrometheusTargets(home: ClusterHome, record: ClusterRecord): void {
  const folder = join(home.root, 'prometheus');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, targets: readonly string[]) =>
    writeFileSync(join(folder, `${name}.json`), JSON.stringify([{ targets }]), { mode: 0o600 });
  write('apiserver', [`127.0.0.1:${record.port}`]);
  write('shipper', [`127.0.0.1:${record.shipperMetricsPort}`]);
  write(
    'nodes',
    record.nodes.map((node) => `${nodeAddress(record.podSubnet, node.index)}:${agentPort}`),
  );
}
