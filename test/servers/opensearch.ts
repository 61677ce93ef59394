import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';

interface Edition {
  readonly minJava: number;
  /** A Maven project beside this file. */
  readonly folder: string;
  readonly jvmOptions: readonly string[];
}

/** The newest OpenSearch that the machine's Java can run: Debian 12 itself has nothing newer than 17. */
const editions: readonly Edition[] = [
  {
    minJava: 21,
    folder: 'opensearch-embedded',
    jvmOptions: ['--add-modules=jdk.incubator.vector', '--enable-native-access=ALL-UNNAMED'],
  },
  { minJava: 17, folder: 'opensearch-embedded-2', jvmOptions: [] },
];
const BUILD_TIMEOUT_MS = 600_000;
const START_TIMEOUT_MS = 120_000;

/** A real OpenSearch, made with Maven from its published parts, in a process of its own. */
export interface OpenSearchServer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startOpenSearch(): Promise<OpenSearchServer> {
  const { java, edition, project } = prepare();
  const home = mkdtempSync(join(tmpdir(), 'vigil-opensearch-'));
  mkdirSync(join(home, 'config'));
  const logConfig = join(home, 'log4j2.properties');
  writeFileSync(
    logConfig,
    'rootLogger.level=warn\nrootLogger.appenderRef.c.ref=c\nappender.c.type=Console\nappender.c.name=c\n',
  );
  const port = await freePort();
  const child = spawn(
    join(java, 'bin/java'),
    [
      '-Xms512m',
      '-Xmx512m',
      '-XX:TieredStopAtLevel=1',
      ...edition.jvmOptions,
      `-Dlog4j2.configurationFile=${logConfig}`,
      `-Dopensearch.path.home=${home}`,
      '-cp',
      `${join(project, 'target/classes')}:${join(project, 'target/lib/*')}`,
      'SearchNode',
      home,
      String(port),
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-8_000)));
  const url = `http://127.0.0.1:${port}`;
  await eventually(
    'OpenSearch answers',
    async () => {
      if (child.exitCode !== null) throw new Error(`OpenSearch ended with ${child.exitCode}:\n${said}`);
      return (await fetch(`${url}/`)).ok;
    },
    START_TIMEOUT_MS,
  );
  return { url, stop: () => stop(child, home) };
}

interface Prepared {
  /** Home of the JDK. */
  readonly java: string;
  readonly edition: Edition;
  readonly project: string;
}

/** Fetches and compiles what is missing. */
function prepare(): Prepared {
  let jdk = newestJdk();
  if (jdk === undefined || spawnSync('mvn', ['-v']).status !== 0) {
    install(['maven', 'default-jdk-headless']);
    jdk = newestJdk();
  }
  const edition = editions.find(({ minJava }) => jdk !== undefined && jdk.version >= minJava);
  if (jdk === undefined || edition === undefined) {
    throw new Error('the test against OpenSearch needs Maven and a JDK of release 17 or newer (set JAVA_HOME)');
  }
  const java = jdk.home;
  const project = join(import.meta.dirname, edition.folder);
  if (existsSync(join(project, 'target/lib')) && existsSync(join(project, 'target/classes/SearchNode.class'))) {
    return { java, edition, project };
  }
  const built = spawnSync(
    'mvn',
    ['-q', '-B', 'compile', 'dependency:copy-dependencies', '-DoutputDirectory=target/lib'],
    {
      cwd: project,
      env: { ...process.env, JAVA_HOME: java },
      timeout: BUILD_TIMEOUT_MS,
      encoding: 'utf8',
    },
  );
  if (built.status !== 0) throw new Error(`Maven could not fetch OpenSearch:\n${built.stdout}\n${built.stderr}`);
  return { java, edition, project };
}

function install(packages: readonly string[]): void {
  if (process.getuid?.() !== 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-q'], { env });
  for (const name of packages) spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', name], { env });
}

interface Jdk {
  readonly home: string;
  readonly version: number;
}

/** The JDK that JAVA_HOME names, else the newest on this machine. */
function newestJdk(): Jdk | undefined {
  const root = '/usr/lib/jvm';
  const given = process.env['JAVA_HOME'];
  const homes = given ? [given] : existsSync(root) ? readdirSync(root).map((name) => join(root, name)) : [];
  const found = homes.flatMap((home): Jdk[] => {
    if (!existsSync(join(home, 'bin/javac')) || !existsSync(join(home, 'release'))) return [];
    const version = Number(/JAVA_VERSION="(\d+)/.exec(readFileSync(join(home, 'release'), 'utf8'))?.[1] ?? 0);
    return [{ home, version }];
  });
  return found.sort((a, b) => b.version - a.version)[0];
}

async function stop(child: ChildProcess, home: string): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null) {
    child.stdin?.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
  }
  rmSync(home, { recursive: true, force: true });
}

/** A port that is free now, and the one above it too, most likely. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
