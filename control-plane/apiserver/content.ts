import { decodeProtobuf, protobufMediaType } from '../../lib/kube/protobuf.ts';
import { badRequest, notAcceptable, unsupportedMediaType } from '../../lib/kube/status-errors.ts';
import { yaml } from '../../lib/lazy-yaml.ts';

/** How a client wants to see objects: as they are, as rows of a table, or as metadata alone. */
export interface Representation {
  readonly format: 'json' | 'yaml';
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** `v1` or `v1beta1` of `meta.k8s.io`. */
  readonly version: string;
  readonly isPretty: boolean;
}

const plain: Representation = { format: 'json', as: 'object', version: 'v1', isPretty: false };
const pretty: Representation = { ...plain, isPretty: true };
const transforms: ReadonlySet<string> = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);
const accepted = 'application/json, application/yaml';

/** Chooses the first acceptable of what the client lists. Throws 406. */
export function negotiate(accept: string | undefined, isPretty: boolean): Representation {
  const chosen = isPretty ? pretty : plain;
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return chosen;
  for (const clause of accept.split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    const format = formatOf(type);
    if (!format) continue;
    const values = new Map(parameters.map((one) => one.split('=', 2) as [string, string]));
    const as = values.get('as');
    if (as === undefined) return { ...chosen, format };
    const version = values.get('v') ?? 'v1';
    if (transforms.has(as) && values.get('g') === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1')) {
      return { ...chosen, format, as: as as Representation['as'], version };
    }
  }
  throw notAcceptable(accepted);
}

function formatOf(type: string): 'json' | 'yaml' | undefined {
  // Go clients list protobuf first and read JSON when the answer says that it is JSON.
  if (type === 'application/json' || type === '*/*' || type === 'application/*' || type === protobufMediaType)
    return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}

/** The bytes of an answer. */
export function encode(value: unknown, { format, isPretty }: Representation): Buffer {
  if (format === 'yaml') return Buffer.from(yaml().stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 }));
  return Buffer.from(isPretty ? `${JSON.stringify(value, undefined, 2)}\n` : `${JSON.stringify(value)}\n`);
}

export function contentTypeOf({ format }: Representation): string {
  return format === 'yaml' ? 'application/yaml' : 'application/json';
}

/** The value that a request's body says. Throws 400 when it cannot be read and 415 when it is in no known format. */
export function decodeBody(body: Buffer, contentType: string | undefined): unknown {
  const type = (contentType ?? '').split(';', 1)[0]?.trim() ?? '';
  if (type === protobufMediaType) return decodeKubernetesProtobuf(body);
  const isYaml = type === 'application/yaml' || type.endsWith('+yaml');
  const isJson = type === '' || type === 'application/json' || type === '*/*' || type.endsWith('+json');
  if (!isYaml && !isJson) throw unsupportedMediaType(`application/json, application/yaml, ${protobufMediaType}`);
  const text = body.toString('utf8');
  if (isJson) {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
    }
  }
  return decodeYaml(text);
}

function decodeKubernetesProtobuf(body: Buffer): unknown {
  try {
    return decodeProtobuf(body);
  } catch (error) {
    throw badRequest(`couldn't decode protobuf: ${(error as Error).message}`);
  }
}

function decodeYaml(text: string): unknown {
  // JSON is YAML, and what clients call YAML is most often JSON: the fast way first.
  if (text.startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {
      // Then it is YAML's flow style.
    }
  }
  const document = yaml().parseDocument(text, { uniqueKeys: true, merge: true });
  const [error] = document.errors;
  if (error) throw badRequest(`error converting YAML to JSON: yaml: ${error.message}`);
  // Aliases are bounded, or a few lines could name a billion nodes.
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}
