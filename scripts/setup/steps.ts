/** What the set-up can find out about and do to the machine: passed in, so that what is decided can be tested. */
export interface Machine {
  hasCommand(name: string): boolean;
  fileExists(path: string): boolean;
  readonly isRoot: boolean;
  /** Debian, Ubuntu and what derives from them. */
  readonly hasApt: boolean;
}

export interface Need {
  /** As said to the user: `Docker engine`. */
  readonly what: string;
  /** Debian packages that bring it. */
  readonly packages: readonly string[];
  /** The need is met when each of these is there. */
  readonly commands: readonly string[];
  readonly files?: readonly string[];
  /** Any one of these is enough instead. */
  readonly orAnyCommand?: readonly string[];
}

/** For a cluster. The engine itself is asked for apart, because one that answers anywhere will do. */
export const clusterNeeds: readonly Need[] = [
  { what: 'nftables', packages: ['nftables'], commands: ['nft'] },
  { what: 'iptables', packages: ['iptables'], commands: ['iptables'] },
  { what: 'iproute2', packages: ['iproute2'], commands: ['ip', 'nsenter'] },
  { what: 'busybox-static', packages: ['busybox-static'], commands: ['busybox'] },
];

export const engineNeed: Need = { what: 'Docker engine', packages: ['docker.io'], commands: ['dockerd'] };

export const composeNeed: Need = { what: 'docker-compose', packages: ['docker-compose'], commands: ['docker-compose'] };

/** For `npm test` on top of that. */
export const testNeeds: readonly Need[] = [
  {
    what: 'Chromium',
    packages: ['chromium'],
    commands: [],
    orAnyCommand: ['chromium', 'chromium-browser', 'google-chrome'],
  },
  { what: 'etcd', packages: ['etcd-server'], commands: ['etcd'] },
  { what: 'promtool', packages: ['prometheus'], commands: ['promtool'] },
  { what: 'Java', packages: ['default-jdk-headless'], commands: ['java', 'javac'] },
  { what: 'Maven', packages: ['maven'], commands: ['mvn'] },
];

export function isMet(need: Need, machine: Machine): boolean {
  const any = need.orAnyCommand ?? [];
  return (
    need.commands.every((command) => machine.hasCommand(command)) &&
    (need.files ?? []).every((file) => machine.fileExists(file)) &&
    (any.length === 0 || any.some((command) => machine.hasCommand(command)))
  );
}

export type InstallPlan =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'install'; readonly needs: readonly Need[] }
  /** It cannot be done here: what the user has to do instead. */
  | { readonly kind: 'ask'; readonly message: string };

/** What to install for `needs` on this machine. */
export function planInstall(needs: readonly Need[], machine: Machine): InstallPlan {
  const missing = needs.filter((need) => !isMet(need, machine));
  if (missing.length === 0) return { kind: 'nothing' };
  if (machine.isRoot && machine.hasApt) return { kind: 'install', needs: missing };
  const names = missing.map((need) => need.what).join(', ');
  const packages = missing.flatMap((need) => need.packages).join(' ');
  const how = machine.hasApt
    ? `run as root: apt-get install ${packages}`
    : `install them with your system's package manager (Debian calls them ${packages})`;
  return {
    kind: 'ask',
    message: `missing: ${names}. Vigil installs what it needs only as root on Debian or Ubuntu; ${how}, then run this again.`,
  };
}
