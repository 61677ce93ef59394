import { describe, expect, test } from 'vitest';
import { KnownSpecs } from './known-specs.ts';

const rules = { own: 'nodeName', validateOwn: () => [] };
const specOf = (n: number, length = 10_000) => ({ text: String(n).padStart(length, '0') });

describe('known specs', () => {
  test('are found by what they say, frozen', () => {
    const specs = new KnownSpecs(rules);
    const spec = { containers: [{ name: 'a' }] };
    const first = specs.look(spec);
    expect(first).toMatchObject({ text: '{"containers":[{"name":"a"}]}', known: undefined });
    first.remember();
    expect(specs.look({ containers: [{ name: 'a' }] }).known).toBe(spec);
    expect(Object.isFrozen(spec.containers[0])).toBe(true);
    expect(specs.look({ containers: [{ name: 'b' }] }).known).toBeUndefined();
  });

  test('share everything but what is each object’s own', () => {
    const specs = new KnownSpecs(rules);
    const containers = [{ name: 'a' }];
    specs.look({ nodeName: 'one', containers }).remember();
    const other = specs.look({ containers: [{ name: 'a' }], nodeName: 'two' });
    expect(other.known).toEqual({ containers, nodeName: 'two' });
    expect(other.known?.['containers']).toBe(containers);
    expect(JSON.parse(other.text)).toEqual(other.known);
    expect(specs.look({ containers: [{ name: 'a' }] }).known).toEqual({ containers });
    expect(JSON.parse(specs.look({ nodeName: 'one' }).text)).toEqual({ nodeName: 'one' });
  });

  test('stay as long as they are asked for, however many others come', () => {
    const specs = new KnownSpecs(rules);
    const kept = specOf(0);
    specs.look(kept).remember();
    for (let n = 1; n < 1_000; n++) {
      specs.look(specOf(n)).remember();
      expect(specs.look(specOf(0)).known).toBe(kept);
    }
    expect(specs.look(specOf(1)).known).toBeUndefined();
  });

  test('that are very long are not kept', () => {
    const specs = new KnownSpecs(rules);
    specs.look(specOf(0, 1_000_000)).remember();
    expect(specs.look(specOf(0, 1_000_000)).known).toBeUndefined();
  });
});
