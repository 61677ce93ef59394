import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { baseImages } from '../../cli/cluster/images/base-images.ts';
import { hashOf } from '../../cli/cluster/images/content-hash.ts';
import { librariesOf, machineFiles } from '../../cli/cluster/images/machine-files.ts';
import type { ImageRecipe } from '../../cli/cluster/images/recipe.ts';
import type { TarEntry } from '../../cli/cluster/images/tar-file.ts';
import { runMaven, runnableEdition, type NeedsJava } from './java.ts';

interface Edition extends NeedsJava {
  readonly version: string;
  readonly jvmOptions: string;
}

/** The newest OpenSearch that the machine's Java can run: Debian 12 itself has nothing newer than 17. */
const editions: readonly Edition[] = [
  { minJava: 21, version: '3.8.0', jvmOptions: '' },
  { minJava: 17, version: '2.19.6', jvmOptions: '' },
];
const project = join(import.meta.dirname, 'opensearch-distribution');
const HOME = 'usr/share/opensearch';
/** The server writes into these; they belong to nobody, so that any user may. */
const writableFolders = ['config', 'data', 'logs', 'tmp', 'plugins'];
/** Of the machine's JDK: what only developers need. */
const notForRunning = /^(?:jmods|include|man|demo|legal|docs)\/|(?:src\.zip|ct\.sym|\.debuginfo|classes_\w+\.jsa)$/;
/** What needs libraries of the machine. */
const javaBinaries = [
  'bin/java',
  'lib/server/libjvm.so',
  'lib/libjava.so',
  'lib/libnio.so',
  'lib/libnet.so',
  'lib/libzip.so',
];
/** Of the distribution: large, and no part of what a log store does. */
const notForLogs = /^modules\/(?:ingest-geoip|transport-grpc)/;
const REPOSITORY = 'vigil-test/opensearch';

/**
 * The recipe of an image with a real OpenSearch laid out as in the vendor's: the distribution that its own integration tests run on (no security plugin), the machine's Java, and
 * bash. Made from what Maven and the machine have, for no registry can be asked.
 */
export function openSearchImage(): { readonly repository: string; readonly tag: string; readonly recipe: ImageRecipe } {
  const { jdk, edition } = runnableEdition('OpenSearch', editions);
  const distribution = join(project, 'target', `opensearch-${edition.version}`);
  if (!existsSync(distribution)) {
    runMaven(project, jdk, ['process-resources', `-Dopensearch.version=${edition.version}`]);
  }
  const { busybox } = baseImages();
  // Its own come along with it.
  const javaLibraries = javaBinaries
    .flatMap((binary) => librariesOf(join(jdk.home, binary)))
    .filter((path) => !path.startsWith(jdk.home));
  return {
    repository: REPOSITORY,
    tag: edition.version,
    recipe: {
      tag: `${REPOSITORY}:${edition.version}`,
      contentHash: hashOf('opensearch-4', busybox.contentHash, edition.version, jdk.home, String(jdk.version)),
      from: busybox,
      entries: () => [
        ...machineFiles(['/bin/bash', ...librariesOf('/bin/bash'), ...javaLibraries]),
        { kind: 'link', name: 'usr/bin/env', target: '/bin/env' },
        ...treeEntries(realpathSync(jdk.home), `${HOME}/jdk`, (path) => !notForRunning.test(path)),
        ...treeEntries(distribution, HOME, (path) => !writableFolders.includes(path) && !notForLogs.test(path)),
        ...writableFolders.map((name): TarEntry => ({ kind: 'directory', name: `${HOME}/${name}/`, mode: 0o777 })),
      ],
      settings: {
        WorkingDir: `/${HOME}`,
        Cmd: ['bin/opensearch'],
        Env: [
          'PATH=/usr/local/bin:/usr/bin:/bin',
          `HOME=/${HOME}`,
          `OPENSEARCH_JAVA_HOME=/${HOME}/jdk`,
          `OPENSEARCH_TMPDIR=/${HOME}/tmp`,
        ],
      },
    },
  };
}

/** The files below `source`, links followed, as they are below `target` in an image. */
function* treeEntries(source: string, target: string, wants: (path: string) => boolean): Iterable<TarEntry> {
  for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!wants(path) || !existsSync(join(source, path))) continue;
    const info = statSync(join(source, path));
    const name = `${target}/${path}`;
    if (info.isDirectory()) yield { kind: 'directory', name: `${name}/` };
    else if (info.isFile()) {
      yield { kind: 'file', name, source: join(source, path), sizeBytes: info.size, mode: 0o755 };
    }
  }
}
