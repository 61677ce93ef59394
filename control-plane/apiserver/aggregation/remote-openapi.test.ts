import { expect, test } from 'vitest';
import { joinedDocument, partOfDocument } from './remote-openapi.ts';

test('of a document its own group version is taken, and what is here stands', () => {
  const at = { group: 'zoo.example.com', version: 'v1' };
  const part = partOfDocument(
    {
      paths: {
        '/apis/zoo.example.com/v1/animals': { get: {} },
        '/apis/zoo.example.com/v1': {},
        '/apis/zoo.example.com/v1beta1/animals': {},
        '/apis/apps/v1/deployments': { get: { description: 'not yours' } },
      },
      definitions: { Animal: { type: 'object' }, ObjectMeta: { type: 'string' } },
    },
    at,
  );
  expect(Object.keys(part.paths)).toEqual(['/apis/zoo.example.com/v1/animals', '/apis/zoo.example.com/v1']);
  const own = { swagger: '2.0', paths: { '/api/v1/pods': {} }, definitions: { ObjectMeta: { type: 'object' } } };
  expect(joinedDocument(own, [part])).toEqual({
    swagger: '2.0',
    paths: { ...part.paths, '/api/v1/pods': {} },
    definitions: { Animal: { type: 'object' }, ObjectMeta: { type: 'object' } },
  });
  for (const wrong of [undefined, 7, [], { paths: [], definitions: 'x' }])
    expect(partOfDocument(wrong, at)).toEqual({ paths: {}, definitions: {} });
});
