import { apiVersionOf, type ResourceType } from '../../lib/kube/resources.ts';
import { pathNotFound } from '../../lib/kube/status-errors.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { CacheEntry } from '../registry/cache-entry.ts';
import type { CustomVersion } from '../registry/custom/custom-version.ts';
import { isOwnVersionServed, type Column, type ResourceView } from '../registry/definition.ts';
import type { Registry, Resource } from '../registry/registry.ts';

/** A kind as it is served at one path: the stored kind itself, or a view of it under another group or version. */
export class ServedKind {
  readonly resource: Resource;
  readonly type: ResourceType;
  readonly apiVersion: string;
  /** Set for kinds that a CustomResourceDefinition defines. */
  readonly custom: CustomVersion | undefined;
  readonly #view: ResourceView | undefined;

  constructor(resource: Resource, view?: ResourceView) {
    this.resource = resource;
    this.type = view?.resource ?? resource.definition.resource;
    this.apiVersion = apiVersionOf(this.type);
    this.custom = resource.definition.custom?.get(this.apiVersion);
    this.#view = view;
  }

  get columns(): readonly Column[] {
    return this.custom?.columns ?? this.resource.definition.columns;
  }

  /** Whether clients of this path see an object as it is stored, so that its bytes are theirs. Custom objects may be of an older stored version. */
  showsAsStored({ object }: CacheEntry): boolean {
    return this.#view === undefined && (this.custom === undefined || object.apiVersion === this.apiVersion);
  }

  /** What a client of this path sees. */
  shown(object: ApiObject): ApiObject {
    if (this.#view) return this.#view.toView(object);
    return object.apiVersion === this.apiVersion ? object : { ...object, apiVersion: this.apiVersion };
  }

  /** What is stored of what a client of this path sent. */
  stored(object: ApiObject): ApiObject {
    return this.#view ? this.#view.fromView(object) : object;
  }

  bytes(entry: CacheEntry): Buffer {
    return this.showsAsStored(entry) ? entry.bytes : Buffer.from(JSON.stringify(this.shown(entry.object)));
  }
}

interface ServedKinds {
  readonly kindsVersion: number;
  readonly kinds: ReadonlyMap<string, ServedKind>;
}

const known = new WeakMap<Registry, ServedKinds>();

/** Throws 404 for what is not served. */
export function servedKind(registry: Registry, group: string, version: string, plural: string): ServedKind {
  let served = known.get(registry);
  if (served?.kindsVersion !== registry.kindsVersion) {
    served = { kindsVersion: registry.kindsVersion, kinds: allServedKinds(registry) };
    known.set(registry, served);
  }
  const found = served.kinds.get(`${group}/${version}/${plural}`);
  if (!found) throw pathNotFound();
  return found;
}

function allServedKinds(registry: Registry): Map<string, ServedKind> {
  const kinds = new Map<string, ServedKind>();
  for (const resource of registry.resources) {
    const own = resource.definition.resource;
    if (isOwnVersionServed(resource.definition))
      kinds.set(`${own.group}/${own.version}/${own.plural}`, new ServedKind(resource));
    for (const view of resource.definition.views) {
      kinds.set(
        `${view.resource.group}/${view.resource.version}/${view.resource.plural}`,
        new ServedKind(resource, view),
      );
    }
  }
  return kinds;
}
