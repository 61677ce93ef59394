import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const JVM_FOLDER = '/usr/lib/jvm';
const BUILD_TIMEOUT_MS = 600_000;

/** A Java development kit on this machine. */
export interface Jdk {
  readonly home: string;
  /** Feature release: 17, 21, 25… */
  readonly version: number;
}

/** Something that needs a Java of at least a release. */
export interface NeedsJava {
  readonly minJava: number;
}

/**
 * The first of `editions` that this machine's newest JDK (or that of `JAVA_HOME`) can run. Installs Maven and Debian's own JDK when they are missing and it may;
 * throws a sentence that says what is needed.
 */
export function runnableEdition<T extends NeedsJava>(server: string, editions: readonly T[]): { jdk: Jdk; edition: T } {
  let jdk = newestJdk();
  if (jdk === undefined || spawnSync('mvn', ['-v']).status !== 0) {
    install(['maven', 'default-jdk-headless']);
    jdk = newestJdk();
  }
  const edition = editions.find(({ minJava }) => jdk !== undefined && jdk.version >= minJava);
  if (jdk === undefined || edition === undefined) {
    const least = Math.min(...editions.map(({ minJava }) => minJava));
    throw new Error(`${server} needs Maven and a JDK of release ${least} or newer (set JAVA_HOME)`);
  }
  return { jdk, edition };
}

/** Runs Maven in `project`, one run at a time however many processes of a test run want it. Downloads stay in Maven's own repository. */
export function runMaven(project: string, jdk: Jdk, goals: readonly string[]): void {
  mkdirSync(join(project, 'target'), { recursive: true });
  const built = spawnSync('flock', [join(project, 'target/.lock'), 'mvn', '-q', '-B', ...goals], {
    cwd: project,
    env: { ...process.env, JAVA_HOME: jdk.home },
    timeout: BUILD_TIMEOUT_MS,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`Maven failed in ${project}:\n${built.stdout}\n${built.stderr}`);
}

function install(packages: readonly string[]): void {
  if (process.getuid?.() !== 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-q'], { env });
  for (const name of packages) spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', name], { env });
}

function newestJdk(): Jdk | undefined {
  const given = process.env['JAVA_HOME'];
  const installed = existsSync(JVM_FOLDER) ? readdirSync(JVM_FOLDER).map((name) => join(JVM_FOLDER, name)) : [];
  const found = (given ? [given] : installed).flatMap((home): Jdk[] => {
    if (!existsSync(join(home, 'bin/javac')) || !existsSync(join(home, 'release'))) return [];
    const version = Number(/JAVA_VERSION="(\d+)/.exec(readFileSync(join(home, 'release'), 'utf8'))?.[1] ?? 0);
    return [{ home, version }];
  });
  return found.sort((a, b) => b.version - a.version)[0];
}
