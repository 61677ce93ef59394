import type { Component } from '../../../lib/component.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf } from '../../../lib/kube/object-key.ts';
import { endpoints, endpointSlices, services } from '../../../lib/kube/resources.ts';
import type { Endpoints, EndpointSlice, Service } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { isNamespaceEnding } from '../namespace/ending.ts';
import type { Endpoint, EndpointPort } from './service-endpoints.ts';
import { planSlices } from './slice-plan.ts';
import { SliceWriter } from './slice-writer.ts';

const managedBy = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';
/** The API server keeps both objects of its own service. */
const ofTheApiServer = 'default/kubernetes';

/** Mirrors Endpoints that people keep by hand, for services without a selector, into EndpointSlices. */
export function endpointsMirrorController(deps: ControllerDeps): Component {
  return new MirrorLoop(deps).controller;
}

class MirrorLoop {
  readonly controller: Controller;
  readonly #services: Informer<Service>;
  readonly #endpoints: Informer<Endpoints>;
  readonly #slices: SliceWriter;

  constructor(deps: ControllerDeps) {
    this.#services = deps.informers.of(services);
    this.#endpoints = deps.informers.of(endpoints);
    const slices: Informer<EndpointSlice> = deps.informers.of(endpointSlices);
    this.#slices = new SliceWriter(deps, managedBy);
    this.controller = new Controller({
      name: 'endpointslice-mirroring',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#services, this.#endpoints, slices],
    });
    this.#services.onChange((_, service) => this.controller.enqueue(keyOf(service)));
    this.#endpoints.onChange((_, object) => this.controller.enqueue(keyOf(object)));
    slices.onChange((_, slice) => {
      const key = this.#slices.serviceKeyOf(slice);
      if (key) this.controller.enqueue(key);
    });
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const object = this.#endpoints.get(key);
    const service = this.#services.get(key);
    const existing = this.#slices.slicesOf(key);
    if (!object || !service || service.spec?.selector || key === ofTheApiServer || isSkipped(object)) {
      await this.#slices.write(
        existing.map((slice) => ({ type: 'delete', slice })),
        signal,
      );
      return;
    }
    const actions = planSlices(
      {
        owner: object,
        ownerResource: endpoints,
        serviceName: object.metadata?.name ?? '',
        managedBy,
        labels: object.metadata?.labels ?? {},
        groups: (object.subsets ?? []).map((subset) => ({
          ports: (subset.ports ?? []).map(portOf),
          endpoints: [
            ...(subset.addresses ?? []).map((address) => endpointOf(address, true)),
            ...(subset.notReadyAddresses ?? []).map((address) => endpointOf(address, false)),
          ],
        })),
        addressType: 'IPv4',
      },
      existing,
    );
    try {
      await this.#slices.write(actions, signal);
    } catch (error) {
      if (!isNamespaceEnding(error)) throw error;
    }
  }
}

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];

function isSkipped(object: Endpoints): boolean {
  return (
    object.metadata?.labels?.[skipLabel] === 'true' || object.metadata?.annotations?.[leaderAnnotation] !== undefined
  );
}

function portOf({ name, port, protocol, appProtocol }: NonNullable<Subset['ports']>[number]): EndpointPort {
  return {
    name: name ?? '',
    port,
    protocol: protocol ?? 'TCP',
    ...(appProtocol === undefined ? {} : { appProtocol }),
  };
}

function endpointOf({ ip, hostname, nodeName, targetRef }: Address, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready, serving: ready, terminating: false },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(targetRef ? { targetRef } : {}),
  };
}
