import { describe, expect, it } from 'vitest';
import { ProtobufReader } from '../../../lib/kube/protobuf-reader.ts';
import { acceptsOpenapiV2Protobuf, encodeOpenapiV2 } from './openapi-protobuf.ts';

/** The bytes of every field of that number in a message. */
function fields(message: Buffer, wanted: number): Buffer[] {
  const reader = new ProtobufReader(message);
  const found: Buffer[] = [];
  while (reader.more) {
    const { number, wireType } = reader.tag();
    if (number === wanted && wireType === 2) found.push(reader.bytes(wireType));
    else reader.skip(wireType);
  }
  return found;
}

/** Follows the first field of each number. */
const at = (message: Buffer, ...path: readonly number[]): Buffer =>
  path.reduce((part, number) => fields(part, number)[0] ?? Buffer.alloc(0), message);

describe('the OpenAPI document as protobuf', () => {
  const encoded = encodeOpenapiV2({
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'v1' },
    paths: {
      '/pods': {
        get: {
          operationId: 'list',
          parameters: [
            { name: 'limit', in: 'query', type: 'integer' },
            { name: 'body', in: 'body', schema: { $ref: '#/definitions/Pod' } },
          ],
          'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'Pod' },
        },
      },
    },
    definitions: {
      Pod: {
        type: 'object',
        required: ['spec'],
        maxProperties: 3_000_000_000,
        minimum: 0.5,
        properties: { labels: { type: 'object', additionalProperties: { type: 'string' } } },
      },
    },
  });

  it('has each path with its operations, parameters and extensions', () => {
    const path = at(encoded, 8, 2);
    expect(at(path, 1).toString()).toBe('/pods');
    const operation = at(path, 2, 2);
    expect(at(operation, 5).toString()).toBe('list');
    const [query, body] = fields(operation, 8);
    expect(at(query ?? Buffer.alloc(0), 1, 2, 3, 4).toString()).toBe('limit');
    expect(at(query ?? Buffer.alloc(0), 1, 2, 3, 6).toString()).toBe('integer');
    expect(at(body ?? Buffer.alloc(0), 1, 1, 5, 1).toString()).toBe('#/definitions/Pod');
    expect(at(operation, 13, 1).toString()).toBe('x-kubernetes-group-version-kind');
    expect(JSON.parse(at(operation, 13, 2, 2).toString())).toEqual({ group: '', version: 'v1', kind: 'Pod' });
  });

  it('has each definition with its members and bounds', () => {
    const pod = at(encoded, 9, 1, 2);
    expect(at(pod, 22, 1).toString()).toBe('object');
    expect(at(pod, 19).toString()).toBe('spec');
    expect(at(pod, 25, 1, 1).toString()).toBe('labels');
    expect(at(pod, 25, 1, 2, 21, 1, 22, 1).toString()).toBe('string');
    const reader = new ProtobufReader(pod);
    const numbers = new Map<number, number>();
    while (reader.more) {
      const { number, wireType } = reader.tag();
      if (wireType === 0) numbers.set(number, reader.integer(wireType));
      else if (wireType === 1) numbers.set(number, reader.double(wireType));
      else reader.skip(wireType);
    }
    expect(numbers).toEqual(
      new Map([
        [9, 0.5],
        [17, 3_000_000_000],
      ]),
    );
  });

  it.each([
    ['application/com.github.proto-openapi.spec.v2@v1.0+protobuf', true],
    ['application/json;q=0.5, application/com.github.proto-openapi.spec.v2.v1.0+protobuf;q=1', true],
    ['application/json', false],
    ['application/com.github.proto-openapi.spec.v2@v1.0+gzip', false],
    [undefined, false],
  ])('is what %s asks for: %s', (accept, isAsked) => {
    expect(acceptsOpenapiV2Protobuf(accept)).toBe(isAsked);
  });
});
