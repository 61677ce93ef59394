import { describe, expect, it } from 'vitest';
import { versionErrors, type Version } from './version-errors.ts';

const schemaOf = (properties: object) =>
  ({ openAPIV3Schema: { type: 'object', properties } }) as NonNullable<Version['schema']>;
const plain = schemaOf({ spec: { type: 'object', properties: { a: { type: 'string' }, n: { type: 'number' } } } });
const untyped = schemaOf({ spec: {} });
const version = (name: string, more: Version = {}): Version => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: plain,
  ...more,
});
const texts = (...versions: readonly Version[]) =>
  versionErrors(versions, []).map(({ field, message }) => `${field}: ${message}`);

// What kube-apiserver 1.36.1 said to each.
describe('versions of a definition', () => {
  it('are named together where they say the same', () => {
    const wrong = 'properties[spec].type: Required value: must not be empty for specified object fields';
    expect(texts(version('v1', { schema: untyped }), version('v2', { schema: untyped }))).toEqual([
      `spec.validation.openAPIV3Schema.${wrong}`,
    ]);
    expect(texts(version('v1', { schema: untyped }), version('v2'))).toEqual([
      `spec.versions[0].schema.openAPIV3Schema.${wrong}`,
    ]);
    expect(texts(version('v1', { additionalPrinterColumns: [{} as never] }), version('v2'))).toEqual([
      'spec.versions[0].additionalPrinterColumns[0].name: Required value',
      'spec.versions[0].additionalPrinterColumns[0].type: Required value: must be one of boolean,date,integer,number,string',
      'spec.versions[0].additionalPrinterColumns[0].JSONPath: Required value',
    ]);
  });

  it('have fields of their own only with a schema of their own', () => {
    expect(texts(version('v1', { selectableFields: [{ jsonPath: '.spec.a' }] }), version('v2'))).toEqual([
      'spec.versions[0].selectableFields: Invalid value: "": may only be set when `version.schema.openAPIV3Schema` is not included',
    ]);
  });

  it.each([
    ['.spec.a', undefined],
    ['spec.a', 'is an invalid path: expected [ or . but got: spec'],
    ['.spec.a[0]', 'is an invalid path: array notation is not allowed'],
    ['.metadata.name', 'is an invalid path: does not refer to a valid field'],
    [
      '.spec.n',
      'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
    ],
  ])('select by %s', (jsonPath, detail) => {
    const expected = `spec.selectableFields[0].jsonPath: Invalid value: ${JSON.stringify(jsonPath)}: ${detail}`;
    expect(texts(version('v1', { selectableFields: [{ jsonPath }] }))).toEqual(detail ? [expected] : []);
  });

  it.each([
    ['.spec.a', undefined],
    ['.spec', 'should be a json path under .spec'],
    ['.status.x', 'should be a json path under .spec'],
    ['x', 'must be a simple json path starting with .'],
  ])('scale by %s', (specReplicasPath, detail) => {
    const scale = { specReplicasPath, statusReplicasPath: '.status.x' };
    const expected = `spec.subresources.scale.specReplicasPath: Invalid value: ${JSON.stringify(specReplicasPath)}: ${detail}`;
    expect(texts(version('v1', { subresources: { scale } }))).toEqual(detail ? [expected] : []);
  });
});
