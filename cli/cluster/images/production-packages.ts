/** The parts of package-lock.json (version 3) that are read here. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Only types are taken from this one, and it is large; the Node binary is in the base image. */
const leftOut = /^(?:@kubernetes\/client-node|node-(?:linux|darwin)-.*|node-bin-.*)$/;

/** Folders (`node_modules/x`) of everything that the root's dependencies need at run time, sorted. */
export function productionPackages(lock: Lockfile): readonly string[] {
  const found = new Set<string>();
  const visit = (from: string, name: string): void => {
    if (leftOut.test(name)) return;
    const path = resolve(lock, from, name);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    const entry = lock.packages[path];
    for (const dependency of Object.keys({ ...entry?.dependencies })) visit(path, dependency);
  };
  for (const name of Object.keys(lock.packages['']?.dependencies ?? {})) visit('', name);
  return [...found].sort();
}

/** As Node resolves: the nearest `node_modules` on the way up from the package that asks. */
function resolve(lock: Lockfile, from: string, name: string): string | undefined {
  for (let base = from; ; base = base.slice(0, Math.max(base.lastIndexOf('/node_modules/'), 0))) {
    const path = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (lock.packages[path]) return path;
    if (base === '') return undefined;
  }
}
