import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BulkServer } from '../../support/logs/bulk-server.ts';
import type { Availability, Contender, ShippingTask } from './contender.ts';

export const RSYSLOG = 'rsyslog, omelasticsearch';
const PACKAGES = ['rsyslog', 'rsyslog-elasticsearch'];
const INSTALL_TIMEOUT_MS = 180_000;

/** Installs Debian's packages when they are missing and root runs this. */
export function rsyslog(): Availability {
  if (!isInstalled() && process.getuid?.() === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const how = ['install', '-y', '-q', '--no-install-recommends', ...PACKAGES];
    spawnSync('apt-get', ['update', '-q'], { env, stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS });
    spawnSync('apt-get', how, { env, stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS });
  }
  if (isInstalled()) return { kind: 'ready', contender };
  return { kind: 'missing', name: RSYSLOG, reason: `needs Debian's packages ${PACKAGES.join(' and ')}` };
}

function program(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, 'rsyslogd')).find((path) => existsSync(path));
}

function isInstalled(): boolean {
  const modules = ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/rsyslog/omelasticsearch.so`);
  return program() !== undefined && modules.some((path) => existsSync(path));
}

const contender: Contender = {
  name: RSYSLOG,
  how: "entries spliced unparsed behind the file's path, `create` with an id of path and offset; no Kubernetes metadata",
  runs: 1,
  newSink: () => new BulkServer({ remembers: false }),
  start(task) {
    mkdirSync(join(task.root, 'state'), { recursive: true });
    const config = join(task.root, 'rsyslog.conf');
    writeFileSync(config, configuration(task));
    return spawn(program() ?? 'rsyslogd', ['-n', '-iNONE', '-f', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  },
};

/**
 * The fastest of what was tried: no parsing (mmjsonparse costs a fifth more); batches of 2048; reading waits for room in memory before the disk would be used,
 * since the logs are on disk already.
 */
function configuration({ root, containers, url }: ShippingTask): string {
  const { hostname, port } = new URL(url);
  return `
global(workDirectory="${root}/state" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
module(load="imfile" mode="inotify")
module(load="omelasticsearch")
template(name="document" type="list") {
  constant(value="{\\"log\\":{\\"file\\":{\\"path\\":\\"")
  property(name="$!metadata!filename" format="jsonr")
  constant(value="\\"}},")
  property(name="msg" position.from="2")
}
template(name="id" type="list") {
  property(name="$!metadata!filename" regex.expression="[0-9a-f]{64}" regex.type="ERE")
  constant(value="-")
  property(name="$!metadata!fileoffset")
}
input(type="imfile" file="${containers}/*/*-json.log" tag="container" addMetadata="on" freshStartTail="off" reopenOnTruncate="on" ruleset="ship")
ruleset(name="ship" queue.type="LinkedList" queue.filename="ship" queue.maxDiskSpace="1g" queue.saveOnShutdown="on"
    queue.size="50000" queue.lowWatermark="20000" queue.lightDelayMark="35000" queue.fullDelayMark="40000" queue.highWatermark="45000"
    queue.dequeueBatchSize="2048" queue.workerThreads="2") {
  action(type="omelasticsearch" server="${hostname}" serverport="${port}" searchIndex="logs" searchType="" template="document"
    bulkmode="on" maxbytes="4m" writeoperation="create" bulkid="id" dynbulkid="on" action.resumeRetryCount="-1" errorFile="${root}/refused")
}
`;
}
