import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { labelsMatcher } from '../../../lib/kube/label-selector.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { isPodReady } from '../../../lib/kube/pod-facts.ts';
import { endpoints, endpointSlices, nodes, pods, services } from '../../../lib/kube/resources.ts';
import type { Endpoints, EndpointSlice, Node, Pod, Service } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { isNamespaceEnding } from '../namespace/ending.ts';
import { byNamespace, inNamespace } from '../namespace/index-by-namespace.ts';
import { endpointsManagedByLabel, endpointsManager, planEndpointsObject } from './endpoints-object.ts';
import { isHeadless, serviceEndpoints } from './service-endpoints.ts';
import { headlessLabel, planSlices } from './slice-plan.ts';
import { SliceWriter } from './slice-writer.ts';

/** Services worked at the same time. */
const WORKERS = 5;
const managedBy = 'endpointslice-controller.k8s.io';
const zoneLabel = 'topology.kubernetes.io/zone';

/** Keeps the Endpoints and EndpointSlices of services with a selector. */
export function endpointsController(deps: ControllerDeps): Component {
  return new EndpointsLoop(deps).controller;
}

class EndpointsLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #events: EventRecorder;
  readonly #services: Informer<Service>;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #endpoints: Informer<Endpoints>;
  readonly #slices: SliceWriter;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#events = deps.eventsOf('endpoint-slice-controller');
    this.#services = deps.informers.of(services);
    this.#pods = deps.informers.of(pods);
    this.#nodes = deps.informers.of(nodes);
    this.#endpoints = deps.informers.of(endpoints);
    byNamespace(this.#services);
    byNamespace(this.#pods);
    const slices = deps.informers.of(endpointSlices);
    this.#slices = new SliceWriter(deps, managedBy);
    this.controller = new Controller({
      name: 'endpoint',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#services, this.#pods, this.#nodes, this.#endpoints, slices],
      workers: WORKERS,
    });
    this.#services.onChange((_, service) => this.controller.enqueue(keyOf(service)));
    this.#pods.onChange((_, pod, old) => {
      if (old && old !== pod && facts(old) === facts(pod) && pod.metadata?.deletionTimestamp === undefined) return;
      for (const service of inNamespace(this.#services, pod.metadata?.namespace)) {
        if (selects(service, pod) || (old && selects(service, old))) this.controller.enqueue(keyOf(service));
      }
    });
    slices.onChange((_, slice: EndpointSlice) => {
      const key = this.#slices.serviceKeyOf(slice);
      if (key) this.controller.enqueue(key);
    });
    this.#endpoints.onChange((_, object) => this.controller.enqueue(keyOf(object)));
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const service = this.#services.get(key);
    if (!service) return this.#removeEndpoints(key, signal);
    if (!service.spec?.selector || service.spec.type === 'ExternalName') return;
    const mine = inNamespace(this.#pods, service.metadata?.namespace).filter((pod) => selects(service, pod));
    const groups = serviceEndpoints(service, mine, (node) => this.#nodes.get(node)?.metadata?.labels?.[zoneLabel]);
    const actions = planSlices(
      {
        owner: service,
        ownerResource: services,
        serviceName: service.metadata?.name ?? '',
        managedBy,
        labels: { ...service.metadata?.labels, ...(isHeadless(service) ? { [headlessLabel]: '' } : {}) },
        groups: groups.map(({ ports, endpoints: list }) => ({
          ports,
          endpoints: list.map(({ endpoint }) => endpoint),
        })),
        addressType: service.spec.ipFamilies?.[0] === 'IPv6' ? 'IPv6' : 'IPv4',
      },
      this.#slices.slicesOf(key),
    );
    try {
      await this.#slices.write(actions, signal);
      const object = planEndpointsObject(service, groups, this.#endpoints.get(key));
      if (object) await this.#writeEndpoints(object, signal);
    } catch (error) {
      if (isNamespaceEnding(error)) return;
      const message = `Error updating endpoints for Service ${key}: ${messageOf(error)}`;
      this.#events.event({ resource: services, object: service }, 'Warning', 'FailedToUpdateEndpointSlices', message);
      throw error;
    }
  }

  async #writeEndpoints(object: Endpoints, signal: AbortSignal): Promise<void> {
    const { client } = this.#deps;
    if (object.metadata?.uid === undefined) await client.create(endpoints, object, {}, signal);
    else await client.update(endpoints, object, {}, signal);
  }

  /** The Endpoints object has no owner reference, as upstream: it goes with its service by name. One that a person made stays. */
  async #removeEndpoints(key: string, signal: AbortSignal): Promise<void> {
    const object = this.#endpoints.get(key);
    if (object?.metadata?.labels?.[endpointsManagedByLabel] !== endpointsManager) return;
    try {
      await this.#deps.client.delete(endpoints, splitKey(key), {}, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function selects(service: Service, pod: Pod): boolean {
  const selector = service.spec?.selector;
  return selector !== undefined && labelsMatcher(selector).matches(pod.metadata?.labels);
}

/** What endpoints show of a pod: changes of anything else need no work. */
function facts(pod: Pod): string {
  return JSON.stringify([
    pod.metadata?.labels,
    pod.metadata?.deletionTimestamp,
    pod.spec?.nodeName,
    pod.status?.phase,
    pod.status?.podIP,
    isPodReady(pod),
  ]);
}
