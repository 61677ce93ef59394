import { messageOf } from '../../lib/errors.ts';
import { duplicateFields } from '../../lib/kube/duplicate-fields.ts';
import { JsonSyntaxError, memberCount, parseJson } from '../../lib/kube/json-syntax.ts';
import { decodeProtobuf } from '../../lib/kube/protobuf.ts';
import { protobufMediaType } from '../../lib/kube/protobuf-table.ts';
import { unsupportedMediaType } from '../../lib/kube/status-errors.ts';
import { yaml } from '../../lib/lazy-yaml.ts';

/** What a request's body says. */
export interface DecodedBody {
  readonly value: unknown;
  /** What a strict decoder finds fault with: `duplicate field "data.a"`. Found out when it is asked for. */
  readonly faults: () => readonly string[];
}

/** A body that cannot be read; the message is upstream's, who answers adds what should have been there. */
export class BodyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BodyError';
  }
}

/** What upstream's decoder takes a body for before it knows its kind. */
const unknownObject = String.raw`Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;
/** What bodies may be. */
export const bodyMediaTypes = `application/json, application/yaml, ${protobufMediaType}`;

const noFaults = (): readonly string[] => [];

/** The value that a request's body says. Throws `BodyError` when it cannot be read and 415 when it is in no known format. */
export function decodeBody(body: Buffer, contentType: string | undefined): DecodedBody {
  const type = (contentType ?? '').split(';', 1)[0]?.trim() ?? '';
  if (type === protobufMediaType) return { value: decodeKubernetesProtobuf(body), faults: noFaults };
  const isYaml = type === 'application/yaml' || type.endsWith('+yaml');
  const isJson = type === '' || type === 'application/json' || type === '*/*' || type.endsWith('+json');
  if (!isYaml && !isJson) throw unsupportedMediaType(bodyMediaTypes);
  if (isYaml) return decodeYaml(body);
  try {
    return decodeJson(body);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw unknownKind(error.message);
    throw error;
  }
}

/** Throws `JsonSyntaxError`. */
export function decodeJson(bytes: Buffer): DecodedBody {
  const { value, shape } = parseJson(bytes);
  return {
    value,
    faults: () =>
      shape.members === memberCount(value)
        ? []
        : duplicateFields(bytes.toString('utf8')).map((path) => `duplicate field "${path}"`),
  };
}

/** The body as an object that says its kind, or leaves it out. Null is an empty object, as to upstream. Throws `BodyError`. */
export function objectOf({ value }: DecodedBody): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw unknownKind(`json: cannot unmarshal ${jsonTypeOf(value)} into ${unknownObject}`);
  const object = value as Record<string, unknown>;
  for (const field of ['apiVersion', 'kind']) {
    const member = object[field] ?? '';
    if (typeof member !== 'string')
      throw unknownKind(`json: cannot unmarshal ${jsonTypeOf(member)} into Go struct field .${field} of type string`);
  }
  return object;
}

/** `array`, `bool`: what Go calls a JSON value. */
export function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function unknownKind(problem: string): BodyError {
  return new BodyError(`couldn't get version/kind; json parse error: ${problem}`);
}

function decodeKubernetesProtobuf(body: Buffer): unknown {
  try {
    return decodeProtobuf(body);
  } catch (error) {
    throw new BodyError((error as Error).message);
  }
}

/** YAML, or JSON, which is a part of it. Throws `BodyError`. */
export function decodeYaml(bytes: Buffer): DecodedBody {
  const text = bytes.toString('utf8');
  // What clients call YAML is most often JSON: the fast way first.
  if (text.startsWith('{')) {
    try {
      return decodeJson(bytes);
    } catch {
      // Then it is YAML's flow style.
    }
  }
  try {
    const document = yaml().parseDocument(text, { uniqueKeys: false, merge: true, prettyErrors: false });
    const [error] = document.errors;
    if (error) throw new BodyError(`yaml: ${yamlProblem(text, error)}`);
    // Aliases are bounded, or a few lines could name a billion nodes.
    return { value: document.toJS({ maxAliasCount: 100 }) as unknown, faults: () => repeatedKeys(text) };
  } catch (error) {
    if (error instanceof BodyError) throw error;
    throw new BodyError(
      `yaml: ${error instanceof ReferenceError ? 'document contains excessive aliasing' : messageOf(error)}`,
    );
  }
}

/** A key is shown as far as this. */
const MAX_KEY = 256;
const keyPattern = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^:\n]*)/;

/** Each key that is there already, one fault for all, as upstream's. */
function repeatedKeys(text: string): readonly string[] {
  const { errors } = yaml().parseDocument(text, { uniqueKeys: true, merge: true, prettyErrors: false });
  const lines = errors.map(({ pos: [start] }) => {
    const key = keyPattern.exec(text.slice(start, start + MAX_KEY))?.[0].trim() ?? '';
    return `line ${lineOf(text, start)}: key ${JSON.stringify(key.replaceAll(/^["']|["']$/g, ''))} already set in map`;
  });
  return lines.length === 0 ? [] : [`${YAML_FAULTS}${lines.join('\n  ')}`];
}

const YAML_FAULTS = 'yaml: unmarshal errors:\n  ';

/** A fault as warnings tell it: one of YAML is a warning for each key. */
export function warningsOf(fault: string): readonly string[] {
  return fault.startsWith(YAML_FAULTS) ? fault.slice(YAML_FAULTS.length).split('\n  ') : [fault];
}

/** The commonest mistakes in the words that users know; the others in the parser's own. */
const yamlWords: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  TAB_AS_INDENT: 'found character that cannot start any token',
};

interface YamlError {
  readonly pos: readonly [number, number];
  readonly code: string;
  readonly message: string;
}

function yamlProblem(text: string, { pos, code, message }: YamlError): string {
  // The parser's own stack is what ends.
  if (message.startsWith('Maximum call stack')) return 'exceeded max depth of 10000';
  const line = lineOf(text, pos[0]);
  return `${line > 1 ? `line ${line}: ` : ''}${yamlWords[code] ?? message}`;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}
