import { badRequest } from '../../../lib/kube/status-errors.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { CacheEntry } from '../../registry/cache-entry.ts';
import type { Registry } from '../../registry/registry.ts';
import { contentTypeOf } from '../content.ts';
import type { Exchange } from '../exchange.ts';
import { builtInAnswer, type Representation } from '../negotiate.ts';
import type { IncludeObject } from '../table.ts';
import { partialMetadata, tableOf } from '../table.ts';
import type { ResourceRequest } from '../request-info.ts';
import type { ServedKind } from '../served-kind.ts';

/** Answers with one object in the form that the client asked for. */
export function sendEntry(
  registry: Registry,
  kind: ServedKind,
  exchange: Exchange<ResourceRequest>,
  representation: Representation,
  status: number,
  entry: CacheEntry,
): void {
  const { as, format, isPretty, version } = representation;
  if (as === 'object' && format === 'protobuf') {
    exchange.sendBytes(status, kind.protobufBytes(entry), contentTypeOf(representation));
    return;
  }
  // What was only tried has no revision, and so no bytes of its own.
  if (as === 'object' && format === 'json' && !isPretty && entry.revision > 0) {
    exchange.sendBytes(status, kind.bytes(entry));
    return;
  }
  if (as === 'Table') {
    const table = tableOf(kind.columns, [entry.object], {
      version,
      nowMs: registry.clock.now(),
      includeObject: includeObjectOf(exchange.query),
      metadata: { resourceVersion: String(entry.revision) },
      withColumns: true,
    });
    exchange.sendValue(status, table, representation);
    return;
  }
  const object = kind.shown(entry.object);
  exchange.sendValue(status, as === 'object' ? object : partialMetadata(object, version), representation);
}

/** How a built-in object that is no resource will be answered; throws 406, and so is asked before anything is done. */
export function answerRepresentation(exchange: Exchange): Representation {
  return exchange.representation(builtInAnswer);
}

/** Answers with an object that is no resource: a scale, a token, a review. */
export function sendObject(exchange: Exchange, representation: Representation, status: number, object: object): void {
  const isWhole = representation.as === 'object' || (object as ApiObject).kind === 'Status';
  exchange.sendValue(
    status,
    isWhole ? object : partialMetadata(object as ApiObject, representation.version),
    representation,
  );
}

/** Throws 400. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const asked = query.get('includeObject') || 'Metadata';
  if (asked === 'None' || asked === 'Object' || asked === 'Metadata') return asked;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(asked)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}
