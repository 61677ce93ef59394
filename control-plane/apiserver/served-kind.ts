import { apiVersionOf, type ResourceType } from '../../lib/kube/resources.ts';
import { pathNotFound } from '../../lib/kube/status-errors.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { CacheEntry } from '../registry/cache-entry.ts';
import type { ResourceView } from '../registry/definition.ts';
import type { Registry, Resource } from '../registry/registry.ts';

/** A kind as it is served at one path: the stored kind itself, or a view of it under another group or version. */
export class ServedKind {
  readonly resource: Resource;
  readonly type: ResourceType;
  readonly apiVersion: string;
  readonly #view: ResourceView | undefined;

  constructor(resource: Resource, view?: ResourceView) {
    this.resource = resource;
    this.type = view?.resource ?? resource.definition.resource;
    this.apiVersion = apiVersionOf(this.type);
    this.#view = view;
  }

  get isView(): boolean {
    return this.#view !== undefined;
  }

  /** What a client of this path sees. */
  shown(object: ApiObject): ApiObject {
    return this.#view ? this.#view.toView(object) : object;
  }

  /** What is stored of what a client of this path sent. */
  stored(object: ApiObject): ApiObject {
    return this.#view ? this.#view.fromView(object) : object;
  }

  bytes(entry: CacheEntry): Buffer {
    return this.#view ? Buffer.from(JSON.stringify(this.#view.toView(entry.object))) : entry.bytes;
  }
}

const known = new WeakMap<Registry, Map<string, ServedKind>>();

/** Throws 404 for what is not served. */
export function servedKind(registry: Registry, group: string, version: string, plural: string): ServedKind {
  let kinds = known.get(registry);
  if (!kinds) known.set(registry, (kinds = allServedKinds(registry)));
  const found = kinds.get(`${group}/${version}/${plural}`);
  if (!found) throw pathNotFound();
  return found;
}

function allServedKinds(registry: Registry): Map<string, ServedKind> {
  const kinds = new Map<string, ServedKind>();
  for (const resource of registry.resources) {
    const own = resource.definition.resource;
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
