import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMaven, runnableEdition, type Jdk, type NeedsJava } from './java.ts';
import { answering, exited, freePort, type SearchServer } from './search-server.ts';

interface Edition extends NeedsJava {
  readonly version: string;
}

/** The newest Elasticsearch that the machine's Java can run: Debian 12 itself has nothing newer than 17. */
const editions: readonly Edition[] = [
  { minJava: 21, version: '9.2.4' },
  { minJava: 17, version: '8.19.21' },
];
const project = join(import.meta.dirname, 'elasticsearch-distribution');
/** Elasticsearch refuses to run as root. */
const NOBODY = 65_534;
/** Options that would write large files into the home or take memory before it is needed. */
const UNWANTED_JVM_OPTIONS = /-Xm[sx]|Xlog:gc|HeapDump|ErrorFile/;

/**
 * A real Elasticsearch, from the distribution that its own integration tests run on: it has no security, lifecycle policies, scripts, `GET /_data_stream`,
 * `_delete_by_query` or `match_only_text`, as some hosted offerings lack things too. Fetched for tests, never bundled: it is under its vendor's licences.
 */
export async function startElasticsearch(): Promise<SearchServer> {
  const { jdk, edition } = runnableEdition('Elasticsearch', editions);
  const distribution = build(edition.version, jdk);
  const run = mkdtempSync(join(tmpdir(), 'vigil-elasticsearch-'));
  const port = await freePort();
  const home = layOut(run, distribution, port);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) giveAway(run);
  const child = spawn(
    'setpriv',
    [
      // The launcher stops the server when it is told to end, so also when this process is killed.
      '--pdeathsig=TERM',
      ...(isRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []),
      join(home, 'bin/elasticsearch'),
      '-p',
      join(run, 'server.pid'),
    ],
    {
      cwd: run,
      env: {
        PATH: process.env['PATH'],
        HOME: run,
        ES_JAVA_HOME: jdk.home,
        ES_PATH_CONF: join(run, 'conf'),
        ES_TMPDIR: join(run, 'tmp'),
        ES_JAVA_OPTS: '-Xms512m -Xmx512m -XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch',
        CLI_JAVA_OPTS: '-XX:TieredStopAtLevel=1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const stop = async (): Promise<void> => {
    const pid = serverPid(run);
    // Its data go with it: there is nothing to close in order. The launcher ends when the server has.
    if (pid === undefined) child.kill('SIGTERM');
    else killIfThere(pid);
    await exited(child);
    rmSync(run, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await answering('Elasticsearch', url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** Fetches the distribution and puts the plugin into it, once per version. Returns its folder. */
function build(version: string, jdk: Jdk): string {
  const home = join(project, 'target', `elasticsearch-${version}`);
  const plugin = join(home, 'plugins/vigil-root');
  if (existsSync(plugin)) return home;
  runMaven(project, jdk, ['process-resources', `-Delasticsearch.version=${version}`]);
  const descriptor = readFileSync(join(home, 'modules/transport-netty4/plugin-descriptor.properties'), 'utf8');
  const release = /^java\.version=(\d+)/m.exec(descriptor)?.[1] ?? '17';
  const aside = mkdtempSync(join(project, 'target/plugin-'));
  const source = join(project, 'src/RootPlugin.java');
  const classes = join(aside, 'classes');
  must(jdk, 'javac', ['-proc:none', '--release', release, '-cp', join(home, 'lib/*'), '-d', classes, source]);
  must(jdk, 'jar', ['--create', '--file', join(aside, 'vigil-root.jar'), '-C', classes, '.']);
  rmSync(classes, { recursive: true });
  writeFileSync(
    join(aside, 'plugin-descriptor.properties'),
    [
      'name=vigil-root',
      'description=GET /',
      'version=1',
      'classname=RootPlugin',
      `java.version=${release}`,
      `elasticsearch.version=${version}`,
      '',
    ].join('\n'),
  );
  mkdirSync(join(home, 'plugins'), { recursive: true });
  try {
    renameSync(aside, plugin);
  } catch (error) {
    // Another process of the same test run was first.
    rmSync(aside, { recursive: true });
    if (!existsSync(plugin)) throw error;
  }
  return home;
}

/** A copy that any user can read, with a configuration of its own: the checkout may be in a private folder. */
function layOut(run: string, distribution: string, port: number): string {
  const home = join(run, 'home');
  cpSync(distribution, home, { recursive: true });
  for (const folder of ['conf', 'data', 'logs', 'tmp']) mkdirSync(join(run, folder));
  cpSync(join(home, 'config/log4j2.properties'), join(run, 'conf/log4j2.properties'));
  const jvmOptions = readFileSync(join(home, 'config/jvm.options'), 'utf8').split('\n');
  writeFileSync(
    join(run, 'conf/jvm.options'),
    jvmOptions.filter((option) => !UNWANTED_JVM_OPTIONS.test(option)).join('\n'),
  );
  writeFileSync(
    join(run, 'conf/elasticsearch.yml'),
    [
      'cluster.name: vigil-test',
      'node.name: test',
      `path.data: ${join(run, 'data')}`,
      `path.logs: ${join(run, 'logs')}`,
      'network.host: 127.0.0.1',
      `http.port: ${port}`,
      `transport.port: ${port + 1}`,
      'discovery.type: single-node',
      'xpack.security.enabled: false',
      'cluster.routing.allocation.disk.threshold_enabled: false',
      '',
    ].join('\n'),
  );
  return home;
}

function giveAway(run: string): void {
  chownSync(run, NOBODY, NOBODY);
  for (const entry of readdirSync(run, { recursive: true, encoding: 'utf8' }))
    chownSync(join(run, entry), NOBODY, NOBODY);
}

function must(jdk: Jdk, tool: string, args: readonly string[]): void {
  const done = spawnSync(join(jdk.home, 'bin', tool), args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${tool} failed:\n${done.stdout}\n${done.stderr}`);
}

function serverPid(run: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(run, 'server.pid'), 'utf8'));
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
