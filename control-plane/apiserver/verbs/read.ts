import { notFound } from '../../../lib/kube/status-errors.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import { listObjects, parseRevision, waitForRevision, entryOf, type ListPage } from '../../registry/list.ts';
import type { Registry } from '../../registry/registry.ts';
import { contentTypeOf } from '../content.ts';
import type { Exchange } from '../exchange.ts';
import type { Representation } from '../negotiate.ts';
import { listOptions, type ListOptions } from '../options/list-options.ts';
import type { ResourceRequest } from '../request-info.ts';
import type { ServedKind } from '../served-kind.ts';
import { partialMetadata, tableOf } from '../table.ts';
import { includeObjectOf, sendEntry } from './answer.ts';

const comma = Buffer.from(',');
const listEnd = Buffer.from(']}\n');

/** GET of one object. */
export async function getObject(
  registry: Registry,
  kind: ServedKind,
  exchange: Exchange<ResourceRequest>,
): Promise<void> {
  const { namespace, name = '' } = exchange.info;
  const representation = exchange.representation(kind);
  const asked = exchange.query.get('resourceVersion');
  if (asked !== null && asked !== '' && asked !== '0') await waitForRevision(registry, parseRevision(asked));
  const found = entryOf(kind.resource, kind.type.namespaced ? namespace : undefined, name);
  const entry = found instanceof Promise ? await found : found;
  if (!entry) throw notFound(kind.type, name);
  sendEntry(registry, kind, exchange, representation, 200, entry);
}

/** GET of a collection: all, or a page. */
export async function listCollection(
  registry: Registry,
  kind: ServedKind,
  exchange: Exchange<ResourceRequest>,
): Promise<void> {
  const representation = exchange.representation(kind);
  const page = await listObjects(registry, kind.resource, listRequest(kind, exchange));
  if (representation.as === 'object' && representation.format === 'json' && !representation.isPretty) {
    sendList(kind, page, exchange);
    return;
  }
  if (representation.as === 'object' && representation.format === 'protobuf') {
    const { parts, length } = kind.protobufList(listMetadata(page), page.entries);
    exchange.sendParts(200, parts, length, contentTypeOf(representation));
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
  exchange.sendValue(200, listOf(kind, metadata, shown, representation), representation);
}

/** A list of objects, or of their metadata alone. */
export function listOf(
  kind: ServedKind,
  metadata: object,
  shown: readonly ApiObject[],
  { as, version }: Representation,
): object {
  if (as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList')
    return { kind: `${kind.type.kind}List`, apiVersion: kind.apiVersion, metadata, items: shown };
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    items: shown.map((object) => partialMetadata(object, version)),
  };
}

/** The list around the objects' own bytes. */
function sendList(kind: ServedKind, page: ListPage, exchange: Exchange<ResourceRequest>): void {
  const head = `{"kind":"${kind.type.kind}List","apiVersion":"${kind.apiVersion}","metadata":${JSON.stringify(listMetadata(page))},"items":[`;
  const parts: Buffer[] = [Buffer.from(head)];
  let length = parts[0]?.length ?? 0;
  const add = (part: Buffer) => {
    parts.push(part);
    length += part.length;
  };
  for (const entry of page.entries) {
    if (parts.length > 1) add(comma);
    add(kind.bytes(entry));
  }
  add(listEnd);
  exchange.sendParts(200, parts, length);
}

function listMetadata(page: ListPage): object {
  return {
    resourceVersion: String(page.revision),
    ...(page.continue === undefined ? {} : { continue: page.continue }),
    ...(page.remainingItemCount === undefined ? {} : { remainingItemCount: page.remainingItemCount }),
  };
}

/** Throws 400 and 422 for parameters that there are not. */
export function listRequest(
  kind: Pick<ServedKind, 'selectableFields'>,
  { query, info }: Exchange<ResourceRequest>,
): Parameters<typeof listObjects>[2] & ListOptions {
  return {
    ...listOptions(query, info.verb === 'watch'),
    namespace: info.resource === 'namespaces' ? undefined : info.namespace,
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
    selectableFields: kind.selectableFields,
  };
}
