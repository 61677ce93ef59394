import { protobufMediaType } from '../../lib/kube/protobuf-table.ts';
import { notAcceptable } from '../../lib/kube/status-errors.ts';

export type Format = 'json' | 'yaml' | 'protobuf';

/** How a client wants to see objects: as they are, as rows of a table, or as metadata alone. */
export interface Representation {
  readonly format: Format;
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** `v1` or `v1beta1` of `meta.k8s.io`. */
  readonly version: string;
  readonly isPretty: boolean;
}

/** What may be answered beside JSON and YAML of the object itself. */
export interface Offers {
  /** The object itself in protobuf. */
  readonly hasProtobuf: boolean;
  readonly hasTable: boolean;
  /** Its metadata alone, in every format. */
  readonly hasMetadata: boolean;
}

/** Answers of built-in kinds that are no resources: reviews, scales, tokens. */
export const builtInAnswer: Offers = { hasProtobuf: true, hasTable: false, hasMetadata: true };
const plainAnswer: Offers = { hasProtobuf: false, hasTable: false, hasMetadata: false };
const statusAnswer: Offers = { hasProtobuf: true, hasTable: false, hasMetadata: false };

export const mediaTypes: Readonly<Record<Format, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: protobufMediaType,
};

/** The answers of watches; there is none in YAML, which has no frames. */
export const streamTypes: Readonly<Record<Exclude<Format, 'yaml'>, string>> = {
  json: 'application/json',
  protobuf: `${protobufMediaType};stream=watch`,
};

/** In the order in which they are tried where a client takes anything. */
const formats: readonly Format[] = ['json', 'yaml', 'protobuf'];
const accepted = formats.map((format) => mediaTypes[format]).join(', ');
const acceptedStreams = `application/json;stream=watch, ${protobufMediaType};stream=watch`;

/** More clauses than any client has; the rest is not read. */
const MAX_CLAUSES = 32;

const plainJson: Representation = { format: 'json', as: 'object', version: 'v1', isPretty: false };
const prettyJson: Representation = { ...plainJson, isPretty: true };

/** JSON whatever the client says that it takes. */
export function jsonRepresentation(isPretty: boolean): Representation {
  return isPretty ? prettyJson : plainJson;
}

/** Chooses the best of what the client lists that can be answered. Throws 406. */
export function negotiate(accept: string | undefined, isPretty: boolean, offers: Offers): Representation {
  const chosen = jsonRepresentation(isPretty);
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return chosen;
  for (const clause of clausesOf(accept)) {
    for (const format of formats) {
      if (!isOf(clause, format)) continue;
      const found = accepting(clause.parameters, format, isPretty, offers);
      if (found) return found;
    }
  }
  throw notAcceptable(accepted);
}

/** As `negotiate`, for a watch. Throws 406. */
export function negotiateStream(
  accept: string | undefined,
  isPretty: boolean,
  offers: Offers,
): Representation & { readonly format: 'json' | 'protobuf' } {
  const { format, ...rest } = negotiate(accept, isPretty, offers);
  if (format === 'yaml') throw notAcceptable(acceptedStreams);
  return { format, ...rest };
}

/** Discovery and its like have no protobuf form here: whoever lists that takes JSON, too. Throws 406. */
export function negotiateDocument(accept: string | undefined, isPretty: boolean): Representation {
  return accept?.includes(protobufMediaType) ? jsonRepresentation(isPretty) : negotiate(accept, isPretty, plainAnswer);
}

/** How a refusal is said: the client gets to see it even if it is in nothing that the client listed. */
export function negotiateStatus(accept: string | undefined): Representation {
  // Nearly all clients take JSON.
  if (accept === undefined || !/protobuf|yaml/.test(accept)) return plainJson;
  try {
    return negotiate(accept, false, statusAnswer);
  } catch {
    return plainJson;
  }
}

interface Clause {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

function isOf({ type, subtype }: Clause, format: Format): boolean {
  if (type === '*') return subtype === '*';
  return type === 'application' && (subtype === '*' || `application/${subtype}` === mediaTypes[format]);
}

/** The clauses of the header, best first. */
function clausesOf(accept: string): readonly Clause[] {
  const clauses: Clause[] = [];
  for (const part of accept.split(',', MAX_CLAUSES)) {
    const clause = parseClause(part);
    if (!clause) continue;
    // Each goes before those that it is better than, one after another, as upstream's library sorts them: its order is not one of all clauses at once.
    let at = clauses.length;
    while (at > 0 && isBetter(clause, clauses[at - 1])) at--;
    clauses.splice(at, 0, clause);
  }
  return clauses;
}

function isBetter(one: Clause, other: Clause | undefined): boolean {
  if (!other) return false;
  return (
    one.quality > other.quality ||
    (one.type !== '*' && other.type === '*') ||
    (one.subtype !== '*' && other.subtype === '*')
  );
}

function parseClause(part: string): Clause | undefined {
  const [name = '', ...rest] = part.split(';');
  const [type = '', subtype, more] = name.split('/').map((one) => one.trim());
  if (more !== undefined || (subtype === undefined && type !== '*')) return undefined;
  let quality = 1;
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [key = '', value = '', tooMany] = parameter.split('=').map((one) => one.trim());
    if (value === '' || tooMany !== undefined) continue;
    if (key === 'q') quality = Number(value) || 0;
    else parameters.set(key, value);
  }
  return { type, subtype: subtype ?? '*', quality, parameters };
}

/** The representation that a clause asks for in a format; `undefined` when there is none. */
function accepting(
  parameters: ReadonlyMap<string, string>,
  format: Format,
  isPretty: boolean,
  offers: Offers,
): Representation | undefined {
  const stream = parameters.get('stream');
  if (stream !== undefined && (stream !== 'watch' || format === 'yaml')) return undefined;
  if ((parameters.get('sv') ?? 'v1') !== 'v1') return undefined;
  const chosen = { ...jsonRepresentation(isPretty || parameters.get('pretty') === '1'), format };
  if (!parameters.has('as') && !parameters.has('g') && !parameters.has('v'))
    return format !== 'protobuf' || offers.hasProtobuf ? chosen : undefined;
  const version = parameters.get('v');
  if (parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  const as = parameters.get('as');
  switch (as) {
    case 'Table':
      // Tables have no protobuf form.
      return offers.hasTable && format !== 'protobuf' ? { ...chosen, as, version } : undefined;
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return offers.hasMetadata ? { ...chosen, as, version } : undefined;
    default:
      return undefined;
  }
}
