import type { Strategy } from '../../control-plane/registry/strategy.ts';
import type { KubeObject } from '../../lib/kube/types.ts';

/** What an object looks like once it is on its way into the store. */
export function defaulted<T extends KubeObject>(strategy: Strategy<T>, object: unknown): T {
  const copy = structuredClone(object) as T;
  strategy.prepareForCreate?.(copy);
  strategy.default?.(copy);
  return copy;
}

/** `field: message` of everything wrong with an object after defaulting. */
export function problems<T extends KubeObject>(strategy: Strategy<T>, object: unknown): readonly string[] {
  return (strategy.validate?.(defaulted(strategy, object)) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

export function updateProblems<T extends KubeObject>(
  strategy: Strategy<T>,
  old: unknown,
  object: unknown,
): readonly string[] {
  const before = defaulted(strategy, old);
  const after = structuredClone(object) as T;
  strategy.prepareForUpdate?.(after, before);
  strategy.default?.(after);
  return (strategy.validateUpdate?.(after, before) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

export const pod = (spec: object = {}, container: object = {}) => ({
  metadata: { name: 'a', namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'busybox:1', ...container }], ...spec },
});

export const deployment = (spec: object = {}) => ({
  metadata: { name: 'a', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'busybox' }] } },
    ...spec,
  },
});

export const service = (spec: object = {}) => ({
  metadata: { name: 'a', namespace: 'default' },
  spec: { ports: [{ port: 80 }], ...spec },
});
