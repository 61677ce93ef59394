import { hashOf } from './content-hash.ts';
import type { ImageRecipe } from './recipe.ts';

/** Programs of the host that an agent runs. */
const HOST_PROGRAMS = ['nft', 'ip', 'iptables', 'iptables-restore'];

/**
 * `vigil/agent:dev`: the platform for an agent that is itself in a container with the host's processes and network. Programs that change the
 * host's network are run from the host's own file system, so that they fit its kernel.
 */
export function agentImage(platform: ImageRecipe): ImageRecipe {
  return {
    tag: 'vigil/agent:dev',
    contentHash: hashOf('agent-1', platform.contentHash),
    from: platform,
    entries: () =>
      HOST_PROGRAMS.map((program) => ({
        kind: 'text',
        name: `usr/local/bin/${program}`,
        text: `#!/bin/sh\nexec /bin/busybox nsenter -t 1 -m ${program} "$@"\n`,
        mode: 0o755,
      })),
    settings: [],
  };
}
