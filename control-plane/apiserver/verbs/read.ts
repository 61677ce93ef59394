import { notFound } from '../../../lib/kube/status-errors.ts';
import { listObjects, parseRevision, waitForRevision, entryOf, type ListPage } from '../../registry/list.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Exchange } from '../exchange.ts';
import type { ResourceRequest } from '../request-info.ts';
import type { ServedKind } from '../served-kind.ts';
import { partialMetadata, tableOf, type IncludeObject } from '../table.ts';

const comma = Buffer.from(',');
const listEnd = Buffer.from(']}\n');

/** GET of one object. */
export async function getObject(
  registry: Registry,
  kind: ServedKind,
  exchange: Exchange<ResourceRequest>,
): Promise<void> {
  const { namespace, name = '' } = exchange.info;
  const representation = exchange.representation();
  const asked = exchange.query.get('resourceVersion');
  if (asked !== null && asked !== '' && asked !== '0') await waitForRevision(registry, parseRevision(asked));
  const entry = entryOf(kind.resource, kind.type.namespaced ? namespace : undefined, name);
  if (!entry) throw notFound(kind.type, name);
  if (representation.as === 'object' && representation.format === 'json' && !representation.isPretty) {
    exchange.sendBytes(200, kind.bytes(entry));
    return;
  }
  const object = kind.shown(entry.object);
  switch (representation.as) {
    case 'Table':
      exchange.sendValue(
        200,
        tableOf(kind.columns, [entry.object], {
          version: representation.version,
          nowMs: registry.clock.now(),
          includeObject: includeObjectOf(exchange.query),
          metadata: { resourceVersion: String(entry.revision) },
          withColumns: true,
        }),
        representation,
      );
      return;
    case 'object':
      exchange.sendValue(200, object, representation);
      return;
    default:
      exchange.sendValue(200, partialMetadata(object, representation.version), representation);
  }
}

/** GET of a collection: all, or a page. */
export async function listCollection(
  registry: Registry,
  kind: ServedKind,
  exchange: Exchange<ResourceRequest>,
): Promise<void> {
  const representation = exchange.representation();
  const page = await listObjects(registry, kind.resource, listRequest(exchange));
  if (representation.as === 'object' && representation.format === 'json' && !representation.isPretty) {
    exchange.sendBytes(200, listBytes(kind, page));
    return;
  }
  const metadata = listMetadata(page);
  const objects = page.entries.map((entry) => entry.object);
  if (representation.as === 'Table') {
    const table = tableOf(kind.columns, objects, {
      version: representation.version,
      nowMs: registry.clock.now(),
      includeObject: includeObjectOf(exchange.query),
      metadata,
      withColumns: true,
    });
    exchange.sendValue(200, table, representation);
    return;
  }
  const shown = objects.map((object) => kind.shown(object));
  if (representation.as === 'object') {
    exchange.sendValue(
      200,
      { kind: `${kind.type.kind}List`, apiVersion: kind.apiVersion, metadata, items: shown },
      representation,
    );
    return;
  }
  exchange.sendValue(
    200,
    {
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${representation.version}`,
      metadata,
      items: shown.map((object) => partialMetadata(object, representation.version)),
    },
    representation,
  );
}

/** The list around the objects' own bytes. */
function listBytes(kind: ServedKind, page: ListPage): Buffer {
  const head = `{"kind":"${kind.type.kind}List","apiVersion":"${kind.apiVersion}","metadata":${JSON.stringify(listMetadata(page))},"items":[`;
  const parts: Buffer[] = [Buffer.from(head)];
  for (const [index, entry] of page.entries.entries()) {
    if (index > 0) parts.push(comma);
    parts.push(kind.bytes(entry));
  }
  parts.push(listEnd);
  return Buffer.concat(parts);
}

function listMetadata(page: ListPage): object {
  return {
    resourceVersion: String(page.revision),
    ...(page.continue === undefined ? {} : { continue: page.continue }),
    ...(page.remainingItemCount === undefined ? {} : { remainingItemCount: page.remainingItemCount }),
  };
}

export function listRequest({ query, info }: Exchange<ResourceRequest>): Parameters<typeof listObjects>[2] {
  const limit = Number(query.get('limit') ?? 0);
  return {
    namespace: info.resource === 'namespaces' ? undefined : info.namespace,
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
    limit: Number.isSafeInteger(limit) ? limit : 0,
    continue: query.get('continue') ?? undefined,
    resourceVersion: query.get('resourceVersion') ?? undefined,
    resourceVersionMatch: query.get('resourceVersionMatch') ?? undefined,
  };
}

export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const asked = query.get('includeObject');
  return asked === 'None' || asked === 'Object' ? asked : 'Metadata';
}
