import { describe, expect, it } from 'vitest';
import { runComponents, type Component } from './component.ts';
import { silentLog } from './log.ts';

function parts(broken?: string): { readonly told: string[]; readonly components: Component[] } {
  const told: string[] = [];
  const components = ['a', 'b', 'c'].map((name) => ({
    name,
    start: async () => {
      if (name === broken) throw new Error(`${name} is broken`);
      told.push(`start ${name}`);
    },
    stop: async () => {
      told.push(`stop ${name}`);
      if (name === 'b') throw new Error('stopping is never allowed to keep the others running');
    },
  }));
  return { told, components };
}

describe('runComponents', () => {
  it('starts in order, waits, and stops in the reverse order, whatever one of them does', async () => {
    const { told, components } = parts();
    const controller = new AbortController();
    const running = runComponents(components, silentLog, controller.signal);
    setImmediate(() => controller.abort());
    await running;
    expect(told).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  });

  it('stops what was started when one does not start, and says why', async () => {
    const { told, components } = parts('c');
    await expect(runComponents(components, silentLog, new AbortController().signal)).rejects.toThrow('c is broken');
    expect(told).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('starts nothing when it is over before it began', async () => {
    const { told, components } = parts();
    const over = AbortSignal.abort(new Error('over'));
    await expect(runComponents(components, silentLog, over)).rejects.toThrow('over');
    expect(told).toEqual([]);
  });
});
