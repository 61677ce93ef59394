import type { Clock } from '../clock.ts';
import type { Component } from '../component.ts';
import type { Logger } from '../log.ts';
import type { KubeClient } from './client.ts';
import { Informer } from './informer.ts';
import { apiVersionOf, type ResourceType } from './resources.ts';
import type { KubeObject } from './types.ts';

/**
 * One informer for each kind, shared by everybody in the process. Ask for informers in constructors: `start` starts those asked for by then,
 * and one asked for later starts at once.
 */
export class SharedInformers implements Component {
  readonly name = 'informers';
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #informers = new Map<string, Informer<never>>();
  #signal: AbortSignal | undefined;

  constructor(options: { readonly client: KubeClient; readonly clock: Clock; readonly log: Logger }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** The informer of all objects of a kind, in all namespaces. */
  of<T extends KubeObject>(resource: ResourceType<T>): Informer<T> {
    const id = `${apiVersionOf(resource)}/${resource.plural}`;
    const known = this.#informers.get(id);
    // The map holds informers of many types; the row that made this one is the row that asks for it.
    if (known) return known as unknown as Informer<T>;
    const informer = new Informer<T>({ client: this.#client, resource, clock: this.#clock, log: this.#log });
    this.#informers.set(id, informer as unknown as Informer<never>);
    if (this.#signal) void informer.start(this.#signal);
    return informer;
  }

  /** Stops the informer of a kind that is no longer served; asked for again, it begins anew. */
  forget(resource: ResourceType): void {
    const id = `${apiVersionOf(resource)}/${resource.plural}`;
    const informer = this.#informers.get(id);
    this.#informers.delete(id);
    void informer?.stop();
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    await Promise.all([...this.#informers.values()].map((informer) => informer.start(signal)));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.stop()));
  }
}
