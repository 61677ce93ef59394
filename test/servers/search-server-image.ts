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
}

/** What differs between the two servers. */
interface Server {
  /** As in the names of folders, programs and Maven's coordinates. */
  readonly name: 'elasticsearch' | 'opensearch';
  /** The newest that the machine's Java can run: Debian 12 itself has nothing newer than 17. */
  readonly editions: readonly Edition[];
  /** Before its variables: `ES_JAVA_HOME`. */
  readonly prefix: string;
  /** Modules of the distribution that are large and no part of what a log store does. */
  readonly unwantedModules: RegExp;
  /** Runs in the server's folder. */
  readonly script: string;
}

/** Writes the administrator's password where the server looks for it, as the vendor's image does. */
const withPassword = `if [ -n "$ELASTIC_PASSWORD" ]; then
  printf %s "$ELASTIC_PASSWORD" | bin/elasticsearch-keystore add -f -x bootstrap.password
fi
exec bin/elasticsearch
`;

/** The server writes into these; they are open to any user, for which one it runs as is the chart's to say. */
const writableFolders = ['config', 'data', 'logs', 'tmp', 'plugins'];
/** Of the machine's JDK: what only developers need. */
const notForRunning = /^(?:jmods|include|man|demo|legal|docs)\/|(?:src\.zip|ct\.sym|\.debuginfo|classes_\w+\.jsa)$/;
/** What of the JDK needs libraries of the machine. */
const javaBinaries = [
  'bin/java',
  'lib/server/libjvm.so',
  'lib/libjava.so',
  'lib/libnio.so',
  'lib/libnet.so',
  'lib/libzip.so',
];
/** What scripts and probes of the charts call. */
const programs = ['/bin/bash', '/usr/bin/curl'];

export interface SearchServerImage {
  readonly repository: string;
  readonly tag: string;
  readonly recipe: ImageRecipe;
}

/** A real OpenSearch from the distribution that its own integration tests run on: it has no security plugin. */
export function openSearchImage(): SearchServerImage {
  return imageOf({
    name: 'opensearch',
    editions: [
      { minJava: 21, version: '3.8.0' },
      { minJava: 17, version: '2.19.6' },
    ],
    prefix: 'OPENSEARCH',
    unwantedModules: /^modules\/(?:ingest-geoip|transport-grpc)/,
    script: 'exec bin/opensearch\n',
  });
}

/** A real Elasticsearch with its security module, likewise. Made for tests, never published: it is under its vendor's licences. */
export function elasticsearchImage(): SearchServerImage {
  return imageOf({
    name: 'elasticsearch',
    editions: [
      { minJava: 21, version: '9.2.4' },
      { minJava: 17, version: '8.19.21' },
    ],
    prefix: 'ES',
    unwantedModules: /^modules\/(?:ingest-geoip|x-pack-ml)/,
    script: withPassword,
  });
}

/** The recipe of an image laid out as the vendor's: made from what Maven and the machine have, for no registry can be asked. */
function imageOf({ name, editions, prefix, unwantedModules, script }: Server): SearchServerImage {
  const { jdk, edition } = runnableEdition(name, editions);
  const project = join(import.meta.dirname, `${name}-distribution`);
  const distribution = join(project, 'target', `${name}-${edition.version}`);
  if (!existsSync(join(distribution, 'bin', name))) {
    runMaven(project, jdk, ['process-resources', `-D${name}.version=${edition.version}`]);
  }
  const { busybox } = baseImages();
  const home = `usr/share/${name}`;
  // Java's own libraries come along with it.
  const javaLibraries = javaBinaries
    .flatMap((binary) => librariesOf(join(jdk.home, binary)))
    .filter((path) => !path.startsWith(jdk.home));
  const wanted = (path: string) => !writableFolders.includes(path) && !unwantedModules.test(path);
  const repository = `vigil-test/${name}`;
  return {
    repository,
    tag: edition.version,
    recipe: {
      tag: `${repository}:${edition.version}`,
      contentHash: hashOf('search-server-1', busybox.contentHash, name, edition.version, jdk.home, String(jdk.version)),
      from: busybox,
      entries: () => [
        ...machineFiles([...programs, ...programs.flatMap(librariesOf), ...javaLibraries]),
        { kind: 'link', name: 'usr/bin/env', target: '/bin/env' },
        { kind: 'text', name: 'usr/local/bin/start', text: `#!/bin/bash\nset -e\n${script}`, mode: 0o755 },
        ...treeEntries(realpathSync(jdk.home), `${home}/jdk`, (path) => !notForRunning.test(path)),
        ...treeEntries(distribution, home, wanted),
        ...writableFolders.map((folder): TarEntry => ({ kind: 'directory', name: `${home}/${folder}/`, mode: 0o777 })),
      ],
      settings: {
        WorkingDir: `/${home}`,
        Cmd: ['start'],
        Env: [
          'PATH=/usr/local/bin:/usr/bin:/bin',
          `HOME=/${home}`,
          `${prefix}_JAVA_HOME=/${home}/jdk`,
          `${prefix}_TMPDIR=/${home}/tmp`,
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
