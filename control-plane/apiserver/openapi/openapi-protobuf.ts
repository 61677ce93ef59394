import type { JsonSchema } from './openapi-schemas.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** As answered; clients ask for it with `@` before `v1.0`, which no header may say. */
export const openapiV2ProtobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const accepted = /^\s*application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf\s*(?:;|$)/;

/** Whether a client wants `GET /openapi/v2` as protobuf: Go clients read nothing else. */
export function acceptsOpenapiV2Protobuf(accept: string | undefined): boolean {
  return accept !== undefined && accept.split(',', 16).some((clause) => accepted.test(clause));
}

/** A document of OpenAPI 2 as the message `openapi.v2.Document` of gnostic's models, whose field numbers these are. */
export function encodeOpenapiV2(document: JsonSchema): Buffer {
  const info = record(document['info']);
  return new ProtobufWriter()
    .string(1, text(document['swagger']))
    .message(2, new ProtobufWriter().string(1, text(info['title'])).string(2, text(info['version'])))
    .message(8, new ProtobufWriter().messages(2, named(document['paths'], pathItem)))
    .message(9, new ProtobufWriter().messages(1, named(document['definitions'], schema)))
    .messages(12, list(document['security']).map(securityRequirement))
    .message(13, new ProtobufWriter().messages(1, named(document['securityDefinitions'], securityDefinition)))
    .finish();
}

const operationFields = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 } as const;

function pathItem(item: JsonSchema): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const [method, field] of Object.entries(operationFields)) {
    const found = item[method];
    if (found !== undefined) writer.message(field, operation(record(found)));
  }
  return writer.messages(9, list(item['parameters']).map(parameter)).messages(10, extensions(item));
}

function operation(one: JsonSchema): ProtobufWriter {
  const responses = named(one['responses'], (answer) => new ProtobufWriter().message(1, response(answer)));
  return new ProtobufWriter()
    .strings(1, texts(one['tags']))
    .string(3, text(one['description']))
    .string(5, text(one['operationId']))
    .strings(6, texts(one['produces']))
    .strings(7, texts(one['consumes']))
    .messages(8, list(one['parameters']).map(parameter))
    .message(9, new ProtobufWriter().messages(1, responses))
    .strings(10, texts(one['schemes']))
    .messages(13, extensions(one));
}

function response(one: JsonSchema): ProtobufWriter {
  const body = one['schema'];
  return new ProtobufWriter()
    .string(1, text(one['description']))
    .message(2, body === undefined ? undefined : new ProtobufWriter().message(1, schema(record(body))));
}

/** A parameter is a choice in a choice in a choice: not a reference, not a body, in the query or in the path. */
function parameter(one: JsonSchema): ProtobufWriter {
  const wrapped = new ProtobufWriter();
  if (one['in'] === 'body') {
    const body = new ProtobufWriter()
      .string(1, text(one['description']))
      .string(2, text(one['name']))
      .string(3, 'body')
      .bool(4, flag(one['required']))
      .message(5, schema(record(one['schema'])));
    return new ProtobufWriter().message(1, wrapped.message(1, body));
  }
  const isQuery = one['in'] === 'query';
  const plain = new ProtobufWriter()
    .bool(1, flag(one['required']))
    .string(2, text(one['in']))
    .string(3, text(one['description']))
    .string(4, text(one['name']))
    .string(isQuery ? 6 : 5, text(one['type']))
    .bool(isQuery ? 20 : 19, flag(one['uniqueItems']));
  return new ProtobufWriter().message(1, wrapped.message(2, new ProtobufWriter().message(isQuery ? 3 : 4, plain)));
}

function schema(one: JsonSchema): ProtobufWriter {
  const { type, items, properties, additionalProperties } = one;
  return new ProtobufWriter()
    .string(1, text(one['$ref']))
    .string(2, text(one['format']))
    .string(3, text(one['title']))
    .string(4, text(one['description']))
    .message(5, one['default'] === undefined ? undefined : any(one['default']))
    .double(6, number(one['multipleOf']))
    .double(7, number(one['maximum']))
    .bool(8, flag(one['exclusiveMaximum']))
    .double(9, number(one['minimum']))
    .bool(10, flag(one['exclusiveMinimum']))
    .integer(11, number(one['maxLength']))
    .integer(12, number(one['minLength']))
    .string(13, text(one['pattern']))
    .integer(14, number(one['maxItems']))
    .integer(15, number(one['minItems']))
    .bool(16, flag(one['uniqueItems']))
    .integer(17, number(one['maxProperties']))
    .integer(18, number(one['minProperties']))
    .strings(19, texts(one['required']))
    .messages(20, list(one['enum']).map(any))
    .message(21, additionalProperties === undefined ? undefined : additional(additionalProperties))
    .message(22, type === undefined ? undefined : new ProtobufWriter().string(1, text(type)))
    .message(23, items === undefined ? undefined : new ProtobufWriter().message(1, schema(record(items))))
    .messages(
      24,
      list(one['allOf']).map((part) => schema(record(part))),
    )
    .message(25, properties === undefined ? undefined : new ProtobufWriter().messages(1, named(properties, schema)))
    .messages(31, extensions(one));
}

/** A schema, or whether there may be members that no schema names. */
function additional(value: unknown): ProtobufWriter {
  return typeof value === 'boolean'
    ? new ProtobufWriter().bool(2, value)
    : new ProtobufWriter().message(1, schema(record(value)));
}

function securityRequirement(one: JsonSchema): ProtobufWriter {
  const entries = Object.entries(one).map(([name, scopes]) =>
    new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().strings(1, texts(scopes))),
  );
  return new ProtobufWriter().messages(1, entries);
}

function securityDefinition(one: JsonSchema): ProtobufWriter {
  const key = new ProtobufWriter()
    .string(1, text(one['type']))
    .string(2, text(one['name']))
    .string(3, text(one['in']))
    .string(4, text(one['description']));
  return new ProtobufWriter().message(2, key);
}

/** The members that begin with `x-`, as upstream's encoder keeps them: texts of YAML, of which JSON is a part. */
function extensions(one: JsonSchema): ProtobufWriter[] {
  return Object.entries(one)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, value]) => new ProtobufWriter().string(1, name).message(2, any(value)));
}

function any(value: unknown): ProtobufWriter {
  return new ProtobufWriter().string(2, JSON.stringify(value));
}

function named(members: unknown, encode: (value: JsonSchema) => ProtobufWriter): ProtobufWriter[] {
  return Object.entries(record(members)).map(([name, value]) =>
    new ProtobufWriter().string(1, name).message(2, encode(record(value))),
  );
}

function record(value: unknown): JsonSchema {
  return (value ?? {}) as JsonSchema;
}

function list(value: unknown): readonly JsonSchema[] {
  return (value ?? []) as readonly JsonSchema[];
}

function texts(value: unknown): readonly string[] {
  return (value ?? []) as readonly string[];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}
