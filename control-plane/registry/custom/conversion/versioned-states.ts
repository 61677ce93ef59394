import type { Clock } from '../../../../lib/clock.ts';
import type { ApiObject } from '../../api-object.ts';
import { CacheEntry } from '../../cache-entry.ts';
import type { Conversion } from '../../conversion.ts';
import { prune } from '../prune.ts';
import type { SchemaProps } from '../schema-props.ts';
import type { Converter } from './converter.ts';

/** A converted state is used for this long: a webhook that was mended is asked again soon, and a state that many look at is converted once. */
const KEPT_MS = 30_000;

interface Converted {
  readonly atMs: number;
  readonly entry: Promise<CacheEntry>;
}

/** Objects of a custom kind in one of its versions. A state is converted once for all who read and watch it, and what the version's schema does not know is left out. */
export class VersionedStates implements Conversion {
  readonly storageVersion: string;
  readonly #apiVersion: string;
  readonly #schemas: ReadonlyMap<string, SchemaProps>;
  readonly #converter: Converter;
  readonly #clock: Clock;
  /** Goes with the state itself. */
  readonly #converted = new WeakMap<CacheEntry, Converted>();

  constructor(options: {
    readonly apiVersion: string;
    readonly storageVersion: string;
    /** By `group/version`. */
    readonly schemas: ReadonlyMap<string, SchemaProps>;
    readonly converter: Converter;
    readonly clock: Clock;
  }) {
    this.#apiVersion = options.apiVersion;
    this.storageVersion = options.storageVersion;
    this.#schemas = options.schemas;
    this.#converter = options.converter;
    this.#clock = options.clock;
  }

  async shown(entries: readonly CacheEntry[]): Promise<readonly CacheEntry[]> {
    const nowMs = this.#clock.monotonicMs();
    const missing: CacheEntry[] = [];
    for (const entry of entries) {
      const known = this.#converted.get(entry);
      if (!this.#isOwn(entry) && (!known || nowMs - known.atMs >= KEPT_MS)) missing.push(entry);
    }
    if (missing.length > 0) this.#begin(missing, nowMs);
    return Promise.all(entries.map((entry) => this.#ofState(entry)));
  }

  stored(object: ApiObject): Promise<ApiObject> {
    return this.#convert(object, this.storageVersion);
  }

  converted(object: ApiObject): Promise<ApiObject> {
    return this.#convert(object, this.#apiVersion);
  }

  async #convert(object: ApiObject, apiVersion: string): Promise<ApiObject> {
    if (object.apiVersion === apiVersion) return object;
    const [converted] = await this.#converter.convert([object], apiVersion);
    return this.#pruned(converted ?? object, apiVersion);
  }

  #isOwn({ object }: CacheEntry): boolean {
    return object.apiVersion === this.#apiVersion;
  }

  async #ofState(entry: CacheEntry): Promise<CacheEntry> {
    return this.#isOwn(entry) ? entry : ((await this.#converted.get(entry)?.entry) ?? entry);
  }

  /** One call for all; a failure is forgotten, so that the next reader tries again. */
  #begin(entries: readonly CacheEntry[], atMs: number): void {
    const objects = this.#converter.convert(
      entries.map(({ object }) => object),
      this.#apiVersion,
    );
    for (const [at, entry] of entries.entries()) {
      const made = objects.then((all) => this.#entryOf(entry, all[at] ?? entry.object));
      const converted: Converted = { atMs, entry: made };
      made.catch(() => {
        if (this.#converted.get(entry) === converted) this.#converted.delete(entry);
      });
      this.#converted.set(entry, converted);
    }
  }

  #entryOf({ key, revision }: CacheEntry, object: ApiObject): CacheEntry {
    return new CacheEntry(key, revision, this.#pruned(object, this.#apiVersion));
  }

  #pruned(object: ApiObject, apiVersion: string): ApiObject {
    const schema = this.#schemas.get(apiVersion);
    return schema ? (prune(schema, object).value as ApiObject) : object;
  }
}
