import { apiVersionOf, type ResourceType } from '../../lib/kube/resources.ts';
import { pathNotFound } from '../../lib/kube/status-errors.ts';
import { protobufKind, type ProtobufKind } from '../../lib/kube/protobuf-kind.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { CacheEntry } from '../registry/cache-entry.ts';
import type { CustomVersion } from '../registry/custom/custom-version.ts';
import { isOwnVersionServed, type ResourceView, type SelectableFields } from '../registry/definition.ts';
import type { Registry, Resource } from '../registry/registry.ts';
import type { Offers } from './negotiate.ts';
import type { Column } from '../registry/columns/column.ts';

/** A kind as it is served at one path: the stored kind itself, or a view of it under another group or version. */
export class ServedKind implements Offers {
  readonly hasTable = true;
  readonly hasMetadata = true;
  readonly resource: Resource;
  readonly type: ResourceType;
  readonly apiVersion: string;
  /** Set for kinds that a CustomResourceDefinition defines. */
  readonly custom: CustomVersion | undefined;
  readonly #view: ResourceView | undefined;
  #protobuf: ProtobufKind | 'none' | undefined;

  constructor(resource: Resource, view?: ResourceView) {
    this.resource = resource;
    this.type = view?.resource ?? resource.definition.resource;
    this.apiVersion = apiVersionOf(this.type);
    this.custom = resource.definition.custom?.get(this.apiVersion);
    this.#view = view;
  }

  get deprecation(): string | undefined {
    return this.custom ? this.custom.deprecation : this.resource.definition.deprecation;
  }

  get columns(): readonly Column[] {
    return this.custom?.columns ?? this.resource.definition.columns;
  }

  /** What field selectors may ask for, where that is not what the stored kind offers. */
  get selectableFields(): SelectableFields | undefined {
    return this.#view?.selectableFields;
  }

  /** Whether clients of this path see an object as it is stored, so that its bytes are theirs. Custom objects may be of an older stored version. */
  showsAsStored({ object }: CacheEntry): boolean {
    return this.#view === undefined && (this.custom === undefined || object.apiVersion === this.apiVersion);
  }

  /** What a client of this path sees. */
  shown(object: ApiObject): ApiObject {
    if (this.#view?.toView) return this.#view.toView(object);
    return object.apiVersion === this.apiVersion ? object : { ...object, apiVersion: this.apiVersion };
  }

  /** What is stored of what a client of this path sent. */
  stored(object: ApiObject): ApiObject {
    return this.#view?.fromView ? this.#view.fromView(object) : object;
  }

  bytes(entry: CacheEntry): Buffer {
    return this.showsAsStored(entry) ? entry.bytes : Buffer.from(JSON.stringify(this.shown(entry.object)));
  }

  /** False for custom kinds, which are said in JSON and YAML only. Not asked before a client wants protobuf. */
  get hasProtobuf(): boolean {
    return this.#protobufOrNone() !== 'none';
  }

  /** Throws for a kind without a protobuf form. */
  get protobuf(): ProtobufKind {
    const protobuf = this.#protobufOrNone();
    if (protobuf === 'none') throw new Error(`${this.apiVersion} ${this.type.kind} has no protobuf form`);
    return protobuf;
  }

  /** An object's message in protobuf. */
  message(entry: CacheEntry): Buffer {
    return this.showsAsStored(entry) ? entry.protobuf(this.protobuf) : this.protobuf.message(this.shown(entry.object));
  }

  /** An object alone in protobuf. */
  protobufBytes(entry: CacheEntry): Buffer {
    return this.protobuf.envelope(this.message(entry));
  }

  /** A list in protobuf, in parts. */
  protobufList(metadata: object, entries: readonly CacheEntry[]): ReturnType<ProtobufKind['list']> {
    const list = protobufKind(this.apiVersion, `${this.type.kind}List`);
    if (!list) throw new Error(`${this.apiVersion} ${this.type.kind} has no list in protobuf`);
    return list.list(
      metadata,
      entries.map((entry) => this.message(entry)),
    );
  }

  #protobufOrNone(): ProtobufKind | 'none' {
    this.#protobuf ??= (this.custom ? undefined : protobufKind(this.apiVersion, this.type.kind)) ?? 'none';
    return this.#protobuf;
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
      const { group, version, plural } = view.resource;
      // Versions of custom kinds are resources of their own.
      const served = registry.of(view.resource);
      const kind = served.conversion ? new ServedKind(served) : new ServedKind(resource, view);
      kinds.set(`${group}/${version}/${plural}`, kind);
    }
  }
  return kinds;
}
