import { isNotFound } from '../../../lib/kube/client.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { OwnWrites } from '../../../lib/kube/own-writes.ts';
import { endpointSlices } from '../../../lib/kube/resources.ts';
import type { EndpointSlice } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { managedByLabel, serviceNameLabel, type SliceAction } from './slice-plan.ts';

const serviceIndex = 'service';

/** Reads and writes the slices that one controller manages. */
export class SliceWriter {
  readonly #deps: ControllerDeps;
  readonly #managedBy: string;
  readonly #slices: Informer<EndpointSlice>;
  readonly #written: OwnWrites<EndpointSlice>;

  constructor(deps: ControllerDeps, managedBy: string) {
    this.#deps = deps;
    this.#managedBy = managedBy;
    this.#slices = deps.informers.of(endpointSlices);
    this.#slices.addIndex(serviceIndex, (slice) => {
      const key = serviceKey(slice);
      return key ? [key] : [];
    });
    this.#written = new OwnWrites(this.#slices, deps.clock);
  }

  /** `namespace/name` of the service that a slice of this controller belongs to. */
  serviceKeyOf(slice: EndpointSlice): string | undefined {
    return slice.metadata?.labels?.[managedByLabel] === this.#managedBy ? serviceKey(slice) : undefined;
  }

  slicesOf(key: string): EndpointSlice[] {
    return this.#written
      .over(this.#slices.byIndex(serviceIndex, key), (slice) => serviceKey(slice) === key)
      .filter((slice) => this.serviceKeyOf(slice) === key);
  }

  /** Creations first, so that no endpoint is in no slice meanwhile. */
  async write(actions: readonly SliceAction[], signal: AbortSignal): Promise<void> {
    const order = ['create', 'update', 'delete'];
    for (const { type, slice } of actions.toSorted((a, b) => order.indexOf(a.type) - order.indexOf(b.type))) {
      await this.#writeOne(type, slice, signal);
    }
  }

  async #writeOne(type: SliceAction['type'], slice: EndpointSlice, signal: AbortSignal): Promise<void> {
    const { client } = this.#deps;
    if (type === 'create') this.#written.wrote(await client.create(endpointSlices, slice, {}, signal));
    else if (type === 'update') this.#written.wrote(await client.update(endpointSlices, slice, {}, signal));
    else {
      try {
        this.#written.deleted(await client.delete(endpointSlices, splitKey(keyOf(slice)), {}, signal));
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }
}

function serviceKey(slice: EndpointSlice): string | undefined {
  const name = slice.metadata?.labels?.[serviceNameLabel];
  return name === undefined ? undefined : `${slice.metadata?.namespace ?? ''}/${name}`;
}
