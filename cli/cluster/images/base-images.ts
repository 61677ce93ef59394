import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { VigilError } from '../../../lib/errors.ts';
import { hashOf } from './content-hash.ts';
import type { ImageRecipe } from './recipe.ts';
import { librariesOf, machineFiles } from './machine-files.ts';
import type { TarEntry } from './tar-file.ts';

/** Where Debian's busybox-static puts it. */
const BUSYBOX_PATHS = ['/bin/busybox', '/usr/bin/busybox'];

const folders: readonly TarEntry[] = [
  ...[
    'bin/',
    'etc/',
    'usr/',
    'usr/bin/',
    'usr/local/',
    'usr/local/bin/',
    'var/',
    'root/',
    'home/',
    'proc/',
    'sys/',
    'dev/',
  ].map((name) => ({ kind: 'directory', name }) as const),
  { kind: 'directory', name: 'tmp/', mode: 0o1777 },
  { kind: 'directory', name: 'var/tmp/', mode: 0o1777 },
  {
    kind: 'text',
    name: 'etc/passwd',
    text: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  },
  { kind: 'text', name: 'etc/group', text: 'root:x:0:\nnogroup:x:65534:\n' },
  { kind: 'text', name: 'etc/nsswitch.conf', text: 'hosts: files dns\n' },
];

/** The three images that everything else stands on: the pod's sandbox, a shell, and Node. Made from files of this machine, no registry asked. */
export function baseImages(): {
  readonly pause: ImageRecipe;
  readonly busybox: ImageRecipe;
  readonly node: ImageRecipe;
} {
  const busyboxPath = BUSYBOX_PATHS.find((path) => existsSync(path));
  if (!busyboxPath) {
    throw new VigilError('NO_BUSYBOX', 'terminal', 'busybox-static is not installed: apt-get install busybox-static');
  }
  const busyboxHash = hashOf('2', readFileSync(busyboxPath));
  const busyboxEntries = () => [...folders, ...busyboxFiles(busyboxPath)];
  const nodePath = realpathSync(process.execPath);
  return {
    pause: {
      tag: 'vigil/pause:dev',
      contentHash: hashOf('pause-2', busyboxHash),
      entries: () => [{ kind: 'directory', name: 'bin/' }, busyboxBinary(busyboxPath)],
      // The first process of a pod: sleeps, ends at once when asked to, and reaps whatever is orphaned in a shared process namespace.
      settings: {
        Entrypoint: [
          '/bin/busybox',
          'sh',
          '-c',
          "trap 'exit 0' TERM INT; while :; do /bin/busybox sleep 2147483647 & wait $!; done",
        ],
      },
    },
    busybox: { tag: 'vigil/busybox:dev', contentHash: busyboxHash, entries: busyboxEntries, settings: { Cmd: ['sh'] } },
    node: {
      tag: 'vigil/node:dev',
      contentHash: hashOf('node-2', busyboxHash, process.version, process.arch, String(statSync(nodePath).size)),
      entries: () => [...busyboxEntries(), ...nodeFiles(nodePath)],
      settings: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['node'] },
    },
  };
}

function busyboxBinary(path: string): TarEntry {
  return { kind: 'file', name: 'bin/busybox', source: path, sizeBytes: statSync(path).size };
}

function busyboxFiles(path: string): readonly TarEntry[] {
  const applets = execFileSync(path, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  return [
    busyboxBinary(path),
    ...applets
      .filter((applet) => applet !== 'busybox')
      .map((applet) => ({ kind: 'link', name: `bin/${applet}`, target: 'busybox' }) as const),
  ];
}

/** The running Node with the libraries that `ldd` names, each at the path where the loader looks for it. */
function nodeFiles(nodePath: string): readonly TarEntry[] {
  const libraries = librariesOf(nodePath);
  // Name service and resolver libraries are loaded by name at run time, so ldd does not see them.
  const libc = libraries.find((path) => /\/libc\.so/.test(path));
  const late = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'].map((name) =>
    join(dirname(libc ?? '/'), name),
  );
  return [
    ...machineFiles([...libraries, ...late.filter((path) => existsSync(path))]),
    { kind: 'file', name: 'usr/local/bin/node', source: nodePath, sizeBytes: statSync(nodePath).size },
  ];
}
