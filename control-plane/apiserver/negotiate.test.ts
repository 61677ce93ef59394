import { describe, expect, test } from 'vitest';
import {
  builtInAnswer,
  negotiate,
  negotiateDocument,
  negotiateStatus,
  negotiateStream,
  type Offers,
} from './negotiate.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const everything: Offers = { hasProtobuf: true, hasTable: true, hasMetadata: true };
const custom: Offers = { ...everything, hasProtobuf: false };
const table = ';as=Table;g=meta.k8s.io;v=v1';
const partial = ';as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const kubectl = `application/json${table},application/json;as=Table;g=meta.k8s.io;v=v1beta1,application/json`;

const inWords = (accept: string | undefined, offers: Offers) => {
  const { format, as, version, isPretty } = negotiate(accept, false, offers);
  return [format, ...(as === 'object' ? [] : [as, version]), ...(isPretty ? ['pretty'] : [])].join(' ');
};

describe('what a client is answered in', () => {
  test.each<[string | undefined, string]>([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['*', 'json'],
    ['application/*', 'json'],
    ['application/json', 'json'],
    ['application/json;charset=utf-8', 'json'],
    ['application/json;pretty=1', 'json pretty'],
    ['application/yaml', 'yaml'],
    ['text/html, application/yaml', 'yaml'],
    [protobuf, 'protobuf'],
    [`${protobuf},application/json`, 'protobuf'],
    [`application/json,${protobuf}`, 'json'],
    [`${protobuf};stream=watch`, 'protobuf'],
    [`${protobuf};stream=other,application/yaml`, 'yaml'],
    [`${protobuf};sv=v1`, 'protobuf'],
    [`${protobuf};sv=v2,application/json`, 'json'],
    [`application/json;q=0.5,${protobuf}`, 'protobuf'],
    [`application/json;q=0.5, ${protobuf};q=0.9, application/yaml;q=0.7`, 'protobuf'],
    [`application/json ; q=0.2 , application/yaml ; q=0.3`, 'yaml'],
    [`*/*, ${protobuf}`, 'protobuf'],
    [`application/*;q=0.9, ${protobuf};q=0.1`, 'protobuf'],
    [`${protobuf};q=0.1, */*`, 'json'],
    [kubectl, 'json Table v1'],
    [`${protobuf}${table},application/json;as=Table;g=meta.k8s.io;v=v1beta1`, 'json Table v1beta1'],
    [`application/yaml${table}`, 'yaml Table v1'],
    [`*/*${table}`, 'json Table v1'],
    [`${protobuf}${partial},application/json${partial}`, 'protobuf PartialObjectMetadata v1'],
    [`${protobuf};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1beta1`, 'protobuf PartialObjectMetadataList v1beta1'],
    [`application/json;as=Table;g=meta.k8s.io;v=v2,application/json`, 'json'],
    [`application/json;as=Table;g=other.io;v=v1,application/json`, 'json'],
    [`application/json;as=Table;g=meta.k8s.io,application/yaml`, 'yaml'],
    [`application/json;g=apps;v=v1,application/yaml`, 'yaml'],
    [`application/json;as=Nothing;g=meta.k8s.io;v=v1,application/yaml`, 'yaml'],
  ])('who says "%s" is answered in %s', (accept, expected) => {
    expect(inWords(accept, everything)).toBe(expected);
  });

  test.each<[string, string]>([
    [`${protobuf},application/json`, 'json'],
    [`${protobuf}, application/yaml;q=0.5, */*;q=0.1`, 'yaml'],
    [`${protobuf}${partial},application/json`, 'protobuf PartialObjectMetadata v1'],
    [kubectl, 'json Table v1'],
  ])('of a custom kind, who says "%s" is answered in %s', (accept, expected) => {
    expect(inWords(accept, custom)).toBe(expected);
  });

  test.each<[string, Offers]>([
    ['text/html', everything],
    ['application', everything],
    ['application/json/more', everything],
    [protobuf, custom],
    [`${protobuf}${table}`, everything],
    [`${protobuf};stream=other`, everything],
    [`application/json${table}`, builtInAnswer],
    [`${'text/html,'.repeat(32)}application/json`, everything],
  ])('nothing is acceptable of "%s" (%#)', (accept, offers) => {
    expect(() => negotiate(accept, false, offers)).toThrow(
      expect.objectContaining({
        httpStatus: 406,
        reason: 'NotAcceptable',
        message: `only the following media types are accepted: application/json, application/yaml, ${protobuf}`,
      }) as Error,
    );
  });

  test('a watch is in JSON or protobuf, never in YAML', () => {
    expect(negotiateStream(`${protobuf},application/json`, false, everything).format).toBe('protobuf');
    expect(negotiateStream(undefined, false, everything).format).toBe('json');
    expect(() => negotiateStream('application/yaml', false, everything)).toThrow(
      `only the following media types are accepted: application/json;stream=watch, ${protobuf};stream=watch`,
    );
  });

  test.each<[string | undefined, string]>([
    [undefined, 'json'],
    ['text/html', 'json'],
    [kubectl, 'json'],
    [`${protobuf}${table}`, 'json'],
    [`${protobuf}${partial},${protobuf}`, 'protobuf'],
    [`${protobuf},application/json`, 'protobuf'],
    ['application/yaml', 'yaml'],
  ])('a refusal is said even to who takes nothing that there is (%s: %s)', (accept, expected) => {
    expect(negotiateStatus(accept)).toMatchObject({ format: expected, as: 'object' });
  });

  test('discovery is said in JSON or YAML, also to who asks for protobuf', () => {
    expect(negotiateDocument(protobuf, false).format).toBe('json');
    expect(negotiateDocument('application/yaml', false).format).toBe('yaml');
    expect(() => negotiateDocument('text/html', false)).toThrow('only the following media types');
  });
});
