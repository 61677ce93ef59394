import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMaven, runnableEdition, type Jdk, type NeedsJava } from './java.ts';
import { answering, exited, freePort, type SearchServer } from './search-server.ts';

interface Edition extends NeedsJava {
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
const jvmOptions = {
  test: ['-Xms512m', '-Xmx512m', '-XX:TieredStopAtLevel=1'],
  benchmark: ['-Xms2g', '-Xmx2g'],
} as const;
const STOP_TIMEOUT_MS = 10_000;

export interface OpenSearchServer extends SearchServer {
  readonly pid: number;
  /** Its data and logs. */
  readonly home: string;
}

/**
 * A real OpenSearch, made with Maven from its published parts. Tests want it to start quickly and small; a benchmark gives it the memory and the compiler that it
 * has in use.
 */
export async function startOpenSearch(use: 'test' | 'benchmark' = 'test'): Promise<OpenSearchServer> {
  const { jdk, edition } = runnableEdition('OpenSearch', editions);
  const project = join(import.meta.dirname, edition.folder);
  build(project, jdk);
  const home = mkdtempSync(join(tmpdir(), 'vigil-opensearch-'));
  mkdirSync(join(home, 'config'));
  const logConfig = join(home, 'log4j2.properties');
  writeFileSync(
    logConfig,
    'rootLogger.level=warn\nrootLogger.appenderRef.c.ref=c\nappender.c.type=Console\nappender.c.name=c\n',
  );
  const port = await freePort();
  const child = spawn(
    join(jdk.home, 'bin/java'),
    [
      ...jvmOptions[use],
      ...edition.jvmOptions,
      `-Dlog4j2.configurationFile=${logConfig}`,
      `-Dopensearch.path.home=${home}`,
      '-cp',
      `${join(project, 'target/classes')}:${join(project, 'target/lib/*')}`,
      'SearchNode',
      home,
      String(port),
    ],
    // It ends when its standard input does, so also when this process is killed.
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const stop = async (): Promise<void> => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited(child);
    clearTimeout(timer);
    rmSync(home, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await answering('OpenSearch', url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop, pid: child.pid ?? 0, home };
}

/** Fetches and compiles what is missing. */
function build(project: string, jdk: Jdk): void {
  if (existsSync(join(project, 'target/lib')) && existsSync(join(project, 'target/classes/SearchNode.class'))) return;
  runMaven(project, jdk, ['dependency:copy-dependencies', '-DoutputDirectory=target/lib', 'compile']);
}
