import { expect, test } from 'vitest';
import { ReleaseGate } from './release-gate.ts';

test('a thing is released once, by the last required output, whatever the optional ones do', () => {
  const gate = new ReleaseGate(['a', 'b']);
  let released = 0;
  const pass = (output: string) => gate.pass(output, 'key', () => released++);
  expect([pass('optional'), pass('a'), pass('a'), released]).toEqual([false, false, false, 0]);
  expect([pass('b'), released, pass('a'), pass('optional'), released]).toEqual([true, 1, true, true, 1]);
});

test('a release that fails is tried again', () => {
  const gate = new ReleaseGate(['a']);
  const fail = () =>
    gate.pass('a', 'key', () => {
      throw new Error('disk full');
    });
  expect(fail).toThrow('disk full');
  expect(gate.pass('a', 'key', () => undefined)).toBe(true);
});

test('what is gone starts anew', () => {
  const gate = new ReleaseGate(['a', 'b']);
  gate.pass('a', 'key', () => undefined);
  gate.forget('key');
  expect(gate.pass('b', 'key', () => undefined)).toBe(false);
});
