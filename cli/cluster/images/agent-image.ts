import { existsSync, globSync, realpathSync, statSync } from 'node:fs';
import { VigilError } from '../../../lib/errors.ts';
import { hashOf } from './content-hash.ts';
import { librariesOf, machineFiles } from './machine-files.ts';
import type { ImageRecipe } from './recipe.ts';
import type { TarEntry } from './tar-file.ts';

/** Programs that an agent runs to set up the host's network; the machine's own are copied, because they fit its kernel. */
const PROGRAMS = ['nft', 'ip', 'iptables', 'iptables-restore'];
const PROGRAM_FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];
/** iptables loads one of these for every match and target that a rule names. */
const XTABLES_MODULES = '/usr/lib/*/xtables/*.so';

/** `vigil/agent:dev`: the platform for an agent that is itself in a container with the host's network and processes. */
export function agentImage(platform: ImageRecipe): ImageRecipe {
  const programs = PROGRAMS.map(pathOf);
  return {
    tag: 'vigil/agent:dev',
    contentHash: hashOf(
      'agent-2',
      platform.contentHash,
      ...programs.map((path) => `${path} ${statSync(path).mtimeMs}`),
    ),
    from: platform,
    entries: () => programEntries(programs),
    settings: {},
  };
}

function programEntries(programs: readonly string[]): readonly TarEntry[] {
  const modules = globSync(XTABLES_MODULES);
  const libraries = [...programs, ...modules].flatMap((path) => librariesOf(realpathSync(path)));
  return [
    ...machineFiles([...modules, ...libraries]),
    // Where they come before the applets of the same names.
    ...programs.map((path): TarEntry => {
      const source = realpathSync(path);
      return {
        kind: 'file',
        name: `usr/local/bin/${path.split('/').at(-1)}`,
        source,
        sizeBytes: statSync(source).size,
      };
    }),
  ];
}

function pathOf(program: string): string {
  const path = PROGRAM_FOLDERS.map((folder) => `${folder}/${program}`).find((one) => existsSync(one));
  if (path === undefined) throw new VigilError('NO_PROGRAM', 'terminal', `${program} is not installed`);
  return path;
}
