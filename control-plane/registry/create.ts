import { apiVersionOf, type ResourceType } from '../../lib/kube/resources.ts';
import { alreadyExists, badRequest, invalid, statusError } from '../../lib/kube/status-errors.ts';
import type { ApiObject } from './api-object.ts';
import { CacheEntry } from './cache-entry.ts';
import { shownEntry } from './conversion.ts';
import type { KnownSpec } from './known-specs.ts';
import { metadataForCreate } from './metadata.ts';
import { cacheKey, type Registry, type Resource } from './registry.ts';
import type { WriteContext } from './request.ts';
import { validateObject, validateWithKnownSpec, WriteRequest } from './write-request.ts';

/** Generated names that collide are made anew this often. */
const NAME_TRIES = 8;

/**
 * Makes an object. `body` belongs to the call and is written to. Throws 409 when there is one of that name, 422 when it is not valid,
 * and what admission throws.
 */
export async function createObject(
  registry: Registry,
  resource: Resource,
  namespace: string | undefined,
  body: ApiObject,
  context: WriteContext,
  options: { readonly managesFields?: boolean } = {},
): Promise<CacheEntry> {
  const { definition } = resource;
  checkNamespace(definition.resource, namespace, body);
  const { managedFields, namespace: _namespace, ...metadata } = body.metadata ?? {};
  const sent = options.managesFields === true ? { ...metadata, managedFields } : metadata;
  for (let tries = 1; ; tries++) {
    const object: ApiObject = {
      ...body,
      apiVersion: apiVersionOf(definition.resource),
      kind: definition.resource.kind,
      metadata: metadataForCreate(sent, {
        namespace: definition.resource.namespaced ? namespace : undefined,
        nowMs: registry.clock.now(),
        chance: registry.chance,
        hasGeneration: definition.hasGeneration,
      }),
    };
    const entry = await tryCreate(registry, resource, object, context);
    if (entry) return entry;
    const { resource: type } = definition;
    const name = object.metadata.name ?? '';
    if (sent.name) throw alreadyExists(type, name);
    if (tries >= NAME_TRIES) {
      throw statusError(
        409,
        'AlreadyExists',
        `${type.plural} "${name}" already exists, the server was not able to generate a unique name for the object`,
        {
          name,
          group: type.group,
          kind: type.plural,
          retryAfterSeconds: 1,
        },
      );
    }
  }
}

/** `undefined` when the name is taken. */
async function tryCreate(
  registry: Registry,
  resource: Resource,
  object: ApiObject,
  context: WriteContext,
): Promise<CacheEntry | undefined> {
  const { strategy } = resource.definition;
  const request = new WriteRequest('CREATE', resource, object, undefined, context);
  let written = false;
  try {
    strategy.default?.(object);
    strategy.prepareForCreate?.(object);
    await request.admit(registry.plugins);
    const spec = lookAtSpec(resource, object);
    const isKnown = spec?.known !== undefined;
    if (isKnown) {
      object['spec'] = spec.known;
      validateWithKnownSpec(resource, object, context);
    } else validateObject(resource, object, context);
    await request.validate(registry.plugins);
    if (strategy.warnings && !isKnown) context.warnings.push(...strategy.warnings(object));
    const key = cacheKey(object.metadata.namespace, object.metadata.name ?? '');
    if (resource.cache.get(key)) return undefined;
    const { conversion } = resource;
    const stored = conversion ? await conversion.stored(object) : object;
    if (context.dryRun) return new CacheEntry(key, 0, object);
    const outcome = await registry.commit(resource, key, stored, 0, spec?.text);
    if (!outcome.written) return undefined;
    written = true;
    // Not before: with another name the same body is tried again, and is written to.
    if (!isKnown && context.warnings.length === 0) spec?.remember();
    return conversion ? await shownEntry(conversion, outcome.entry) : outcome.entry;
  } finally {
    request.settle(written);
  }
}

function lookAtSpec({ knownSpecs }: Resource, object: ApiObject): KnownSpec | undefined {
  const spec = object['spec'] as Readonly<Record<string, unknown>> | undefined;
  return spec && knownSpecs?.look(spec);
}

function checkNamespace(type: ResourceType, namespace: string | undefined, body: ApiObject): void {
  const own = body.metadata?.namespace;
  // Whoever is in no namespace may still be sent with one: it is not kept.
  if (!type.namespaced) return;
  if (!namespace)
    throw invalid(type, body.metadata?.name ?? '', [
      { reason: 'FieldValueRequired', message: 'Required value', field: 'metadata.namespace' },
    ]);
  if (own && own !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
}
