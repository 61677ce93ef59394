import type { Clock } from '../../../lib/clock.ts';
import type { KubeClient, WatchOptions } from '../../../lib/kube/client.ts';
import type { ResourceType } from '../../../lib/kube/resources.ts';
import type { KubeObject, WatchEvent } from '../../../lib/kube/types.ts';

/** Lists and watches of a client, with each watch event held back: what a loop sees is always a little old. */
export function laggingWatch(client: KubeClient, clock: Clock, lagMs: number): KubeClient {
  async function* watch<T extends KubeObject>(
    resource: ResourceType<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    for await (const event of client.watch(resource, options, signal)) {
      await clock.sleep(lagMs, signal);
      yield event;
    }
  }
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'watch') return watch;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
