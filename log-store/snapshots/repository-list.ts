import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { badRequest, StoreError } from '../engine/store-error.ts';
import { Repository } from './repository.ts';

const FILE = 'repositories.json';
const MAX_REPOSITORIES = 100;

/** The repositories that were registered. They can only be in folders that the configuration allows. */
export class RepositoryList {
  readonly #dataDir: string;
  readonly #allowed: readonly string[];
  readonly #locations = new Map<string, string>();

  constructor(dataDir: string, allowed: readonly string[]) {
    this.#dataDir = dataDir;
    this.#allowed = allowed;
  }

  open(): void {
    let text: string;
    try {
      text = readFileSync(join(this.#dataDir, FILE), 'utf8');
    } catch {
      return;
    }
    for (const [name, location] of Object.entries(JSON.parse(text) as Record<string, string>)) {
      this.#locations.set(name, location);
    }
  }

  entries(): readonly (readonly [string, string])[] {
    return [...this.#locations];
  }

  /** Registers a folder and makes it. Throws a 400 for one that is not allowed. */
  async put(name: string, location: unknown): Promise<void> {
    if (!/^[\w.-]{1,128}$/.test(name) || name.startsWith('.'))
      throw badRequest(`[${name}] is no name for a repository`, 'invalid_repository_name_exception');
    if (typeof location !== 'string' || location === '')
      throw badRequest('[fs] repository needs [settings.location]', 'repository_exception');
    if (!this.#locations.has(name) && this.#locations.size >= MAX_REPOSITORIES)
      throw badRequest(`at most ${MAX_REPOSITORIES} repositories are kept`);
    const dir = this.#allowedPath(location);
    await new Repository(dir).prepare();
    this.#locations.set(name, location);
    this.#save();
  }

  remove(name: string): void {
    this.get(name);
    this.#locations.delete(name);
    this.#save();
  }

  /** Throws a 404 when there is none of that name. */
  get(name: string): Repository {
    const location = this.#locations.get(name);
    if (location === undefined) throw new StoreError(404, 'repository_missing_exception', `[${name}] missing`);
    return new Repository(this.#allowedPath(location));
  }

  /** The real path of a location, wherever links lead; checked with each use, as links and the configuration may have changed. */
  #allowedPath(location: string): string {
    for (const root of this.#allowed) {
      const real = realOf(resolve(root));
      const path = realOf(resolve(root, location));
      const inside = relative(real, path);
      if (inside === '' || (!inside.startsWith('..') && !isAbsolute(inside))) return path;
    }
    throw badRequest(
      `location [${location}] is in none of the folders that --snapshot-dir allows [${this.#allowed.join(', ')}]`,
      'repository_exception',
    );
  }

  #save(): void {
    const path = join(this.#dataDir, FILE);
    mkdirSync(this.#dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.tmp`, JSON.stringify(Object.fromEntries(this.#locations)), { mode: 0o600, flush: true });
    renameSync(`${path}.tmp`, path);
  }
}

/** The path with links resolved as far as it exists. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = resolve(path, '..');
    return parent === path ? path : join(realOf(parent), relative(parent, path));
  }
}
