import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import { apiServices, endpointSlices, services } from '../../../lib/kube/resources.ts';
import type { APIService, Service } from '../../../lib/kube/types.ts';
import { cloneObject } from '../../registry/api-object.ts';
import type { Registry } from '../../registry/registry.ts';
import { systemContext } from '../../registry/request.ts';
import { slicesOf } from '../../registry/service-address.ts';
import { updateObject } from '../../registry/update.ts';
import type { AggregatedLink } from './aggregated-link.ts';
import { failedDiscoveryCheck, passed, serviceProblem, statusWith, type Availability } from './availability.ts';
import { boundedBody } from './bounded-body.ts';
import { aggregator } from './remote-user.ts';
import { identityHeaders } from './front-proxy-headers.ts';
import { routeOf, type Route } from './routes.ts';

/** Servers that are asked at the same time. */
const WORKERS = 5;
/** A server that was well is asked again after this, one that was not after at most this. */
const RECHECK_MS = 30_000;
const CHECK_TIMEOUT_MS = 5_000;
/** A server with several endpoints is well when one answers: after a first failure so many more are asked at once. */
const SECOND_ATTEMPTS = 4;
/** Of what a server says about itself no more than this is read to know that it lives. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Is told of each check. */
type Checked = (name: string, wasAvailable: boolean, found: Availability) => void;

/** Finds out which aggregated servers can be asked and says so in the status of their APIServices; requests are passed on only to those. */
export class AvailabilityController implements Component {
  readonly name = 'availability of aggregated servers';
  readonly #registry: Registry;
  readonly #link: AggregatedLink;
  readonly #checked: Checked;
  readonly #controller: Controller;
  readonly #unfollow: (() => void)[] = [];
  /** APIServices by the `namespace/name` of their Service. */
  readonly #byService = new Map<string, Set<string>>();

  constructor(registry: Registry, link: AggregatedLink, checked: Checked) {
    this.#registry = registry;
    this.#link = link;
    this.#checked = checked;
    this.#controller = new Controller({
      name: 'api-service-availability',
      clock: registry.clock,
      log: registry.log,
      workers: WORKERS,
      maxRetryDelayMs: RECHECK_MS,
      reconcile: (name, signal) => this.#check(name, signal),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    const registry = this.#registry;
    for (const { object } of registry.of(apiServices).cache.all()) this.#note(object, undefined);
    this.#unfollow.push(
      registry.of(apiServices).cache.follow(({ type, entry, previous }) => {
        const old = previous?.object as APIService | undefined;
        this.#note(type === 'DELETED' ? undefined : entry.object, old);
      }),
      registry.of(services).cache.follow(({ entry }) => this.#changed(entry.key)),
      registry.of(endpointSlices).cache.follow(({ entry: { object } }) => {
        if (this.#byService.size === 0) return;
        const { namespace, labels } = object.metadata;
        this.#changed(`${namespace}/${labels?.['kubernetes.io/service-name'] ?? ''}`);
      }),
    );
    await this.#controller.start(signal);
  }

  async stop(): Promise<void> {
    for (const end of this.#unfollow.splice(0)) end();
    await this.#controller.stop();
  }

  #note(apiService: APIService | undefined, old: APIService | undefined): void {
    const before = old && serviceKey(old);
    const now = apiService && serviceKey(apiService);
    const name = (apiService ?? old)?.metadata?.name ?? '';
    if (before !== undefined && before !== now) {
      const names = this.#byService.get(before);
      names?.delete(name);
      if (names?.size === 0) this.#byService.delete(before);
    }
    if (now !== undefined) {
      const names = this.#byService.get(now);
      if (names) names.add(name);
      else this.#byService.set(now, new Set([name]));
    }
    // Its own writes of the status are no reason to look again.
    if (apiService && JSON.stringify(apiService.spec) !== JSON.stringify(old?.spec)) this.#controller.enqueue(name);
  }

  #changed(service: string): void {
    for (const name of this.#byService.get(service) ?? []) this.#controller.enqueue(name);
  }

  async #check(name: string, signal: AbortSignal): Promise<{ requeueAfterMs: number } | undefined> {
    const apiService = this.#registry.of(apiServices).cache.get(name)?.object as APIService | undefined;
    if (!apiService) return undefined;
    const route = routeOf(apiService);
    const found = route && (await this.#availabilityOf(route, signal));
    signal.throwIfAborted();
    await this.#tell(name, apiService, found);
    if (route && found) this.#checked(name, route.isAvailable, found);
    // Retried with growing pauses.
    if (found?.reason === 'FailedDiscoveryCheck') throw new Error(found.message);
    return found === passed ? { requeueAfterMs: RECHECK_MS } : undefined;
  }

  async #availabilityOf(route: Route, signal: AbortSignal): Promise<Availability> {
    const { namespace, name } = route.service;
    const service = this.#registry.of(services).cache.get(`${namespace}/${name}`)?.object as Service | undefined;
    const problem = serviceProblem(route, service, slicesOf(this.#registry, namespace, name));
    if (problem) return problem;
    try {
      await this.#ask(route, signal).catch(() =>
        Promise.any(Array.from({ length: SECOND_ATTEMPTS }, () => this.#ask(route, signal))),
      );
      return passed;
    } catch (error) {
      return failedDiscoveryCheck(messageOf(error instanceof AggregateError ? error.errors[0] : error));
    }
  }

  async #ask(route: Route, signal: AbortSignal): Promise<void> {
    const path = `/apis/${route.group}/${route.version}`;
    const { host, port } = this.#link.addressOf(route);
    const url = `https://${host}:${port}${path}`;
    let status: number;
    try {
      const answer = await this.#link.request(route, {
        method: 'GET',
        path,
        headers: identityHeaders(aggregator),
        signal: AbortSignal.any([signal, AbortSignal.timeout(CHECK_TIMEOUT_MS)]),
      });
      status = answer.statusCode ?? 0;
      await boundedBody(answer, MAX_ANSWER_BYTES);
    } catch (error) {
      throw new Error(`failing or missing response from ${url}: Get ${JSON.stringify(url)}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    if (status < 200 || status >= 300) throw new Error(`bad status from ${url}: ${status}`);
  }

  async #tell(name: string, seen: APIService, found: Availability | undefined): Promise<void> {
    const registry = this.#registry;
    try {
      const target = { namespace: undefined, name, subresource: 'status' as const };
      await updateObject(registry, registry.of(apiServices), target, systemContext(), (current) => {
        const copy = cloneObject(current);
        delete copy.metadata.resourceVersion;
        const apiService = copy as APIService;
        // What was found is about the server that was asked: another one is looked at by itself.
        if (JSON.stringify(apiService.spec) === JSON.stringify(seen.spec))
          apiService.status = statusWith(apiService.status, found, registry.clock.now());
        return copy;
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function serviceKey({ spec }: APIService): string | undefined {
  return spec?.service && `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}`;
}
