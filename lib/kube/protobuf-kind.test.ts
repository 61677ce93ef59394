import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyObject } from '../../test/support/any-object.ts';
import { decodeProtobuf } from './protobuf.ts';
import { encodeProtobuf } from './protobuf-kind.ts';
import { protobufKinds } from './protobuf-table.ts';

describe('any object as protobuf', () => {
  test.each(protobufKinds())('is the same object when it is read again (%s)', (name) => {
    const [apiVersion, kind] = [name.slice(0, name.lastIndexOf('/')), name.slice(name.lastIndexOf('/') + 1)];
    fc.assert(
      fc.property(anyObject(apiVersion, kind), (object) => {
        expect(decodeProtobuf(encodeProtobuf(object))).toEqual(object);
      }),
      { numRuns: 20 },
    );
  });
});
