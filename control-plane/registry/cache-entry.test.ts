import { describe, expect, test } from 'vitest';
import { protobufKind } from '../../lib/kube/protobuf-kind.ts';
import { CacheEntry, CacheEvent } from './cache-entry.ts';

const entry = () =>
  new CacheEntry('default/a', 7, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'default' },
    data: { text: 'grüße' },
  });

const object =
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"resourceVersion":"7","name":"a","namespace":"default"},"data":{"text":"grüße"}}';

describe('the line of a watch', () => {
  test.each(['ADDED', 'MODIFIED', 'DELETED'] as const)('is the object in an envelope: %s', (type) => {
    const one = entry();
    expect(one.line(type).toString()).toBe(`{"type":"${type}","object":${object}}\n`);
    expect(one.bytes.toString()).toBe(object);
  });

  test('shares the memory of the object, so that watching costs none', () => {
    const one = entry();
    expect(new CacheEvent('MODIFIED', one, undefined).line.buffer).toBe(one.bytes.buffer);
  });

  test('of another type does not change the one that others are still being sent', () => {
    const one = entry();
    const first = one.line('MODIFIED');
    const second = one.line('ADDED');
    expect(first.toString()).toBe(`{"type":"MODIFIED","object":${object}}\n`);
    expect(second.toString()).toBe(`{"type":"ADDED","object":${object}}\n`);
    expect(one.line('MODIFIED').toString()).toBe(first.toString());
  });
});

test('bytes that were let go of are made again, and those who have them keep them', () => {
  const one = entry();
  const [line, bytes] = [one.line('MODIFIED'), one.bytes];
  one.letGoOfBytes();
  expect(one.line('ADDED').toString()).toBe(`{"type":"ADDED","object":${object}}\n`);
  expect(one.bytes.buffer).not.toBe(bytes.buffer);
  expect(line.toString()).toBe(`{"type":"MODIFIED","object":${object}}\n`);
});

const kind = protobufKind('v1', 'ConfigMap') ?? expect.fail('ConfigMaps have no protobuf form');

function entryOf(text: string): CacheEntry {
  const metadata = { name: 'a', namespace: 'default', resourceVersion: '7' };
  return new CacheEntry('default/a', 7, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { text } });
}

describe('the protobuf of an object', () => {
  test('is made once and shared by all who read and watch', () => {
    const entry = entryOf('short');
    const event = new CacheEvent('ADDED', entry, undefined);
    expect(entry.protobuf(kind)).toBe(entry.protobuf(kind));
    expect(event.frame(kind)).toBe(event.frame(kind));
    expect(event.frame(kind).includes(entry.protobuf(kind))).toBe(true);
  });

  test('is not kept when it is large', () => {
    const entry = entryOf('long'.repeat(20_000));
    expect(entry.protobuf(kind)).not.toBe(entry.protobuf(kind));
    expect(entry.protobuf(kind)).toEqual(entry.protobuf(kind));
  });
});
