import type { Registry as MetricsRegistry } from 'prom-client';
import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { pods } from '../../lib/kube/resources.ts';
import type { Logger } from '../../lib/log.ts';
import { Authenticator } from '../auth/authenticator.ts';
import { Rbac } from '../auth/rbac.ts';
import { systemChance } from '../registry/chance.ts';
import { definitions } from '../registry/definitions.ts';
import { Registry } from '../registry/registry.ts';
import { bindPod } from '../registry/subresources/pod-binding.ts';
import { evictPod } from '../registry/subresources/pod-eviction.ts';
import { openStore } from '../registry/open-store.ts';
import { ApiServer } from './api-server.ts';
import { Discovery } from './discovery.ts';
import { Dispatcher, type ConnectHandler, type PathHandler, type ReviewHandler } from './dispatcher.ts';
import type { ApiExtension } from './extension.ts';
import { InFlight } from './in-flight.ts';
import { healthPath, openapiPath, rootPath, versionPath, type HealthCheck } from './paths.ts';
import { RequestHandler } from './request-handler.ts';
import { RequestMetrics } from './request-metrics.ts';

export interface AssembleOptions {
  readonly config: ControlPlaneConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
}

/** The API, put together and not yet started. */
export interface ApiCore {
  readonly registry: Registry;
  /** To be started in this order, before the server. */
  readonly components: readonly Component[];
  server(extensions: readonly ApiExtension[]): ApiServer;
}

export async function assemble({ config, clock, log, metrics }: AssembleOptions): Promise<ApiCore> {
  const store = openStore(config.store);
  const registry = new Registry({ store, clock, chance: systemChance, log, definitions });
  registry.handleSubresource(pods, 'binding', bindPod);
  registry.handleSubresource(pods, 'eviction', evictPod);
  const rbac = new Rbac(registry);
  const authenticator = new Authenticator({ authenticate: () => Promise.resolve(undefined) });
  const following: Component = {
    name: 'access rules',
    start: () => Promise.resolve(rbac.start()),
    stop: () => Promise.resolve(),
  };
  const server = (extensions: readonly ApiExtension[]) => {
    const discovery = new Discovery(registry, extensions);
    const inFlight = new InFlight();
    const checks: readonly HealthCheck[] = [
      { name: 'ping', check: () => undefined },
      { name: 'store', check: () => (registry.isHealthy ? undefined : 'the watch of the store has ended') },
    ];
    const paths = new Map<string, PathHandler>([
      ['healthz', healthPath('healthz', checks)],
      ['livez', healthPath('livez', checks)],
      ['readyz', healthPath('readyz', checks)],
      ['version', versionPath],
      ['openapi', openapiPath(registry)],
      [
        'metrics',
        async (exchange) => exchange.sendBytes(200, Buffer.from(await metrics.metrics()), metrics.contentType),
      ],
    ]);
    paths.set('', rootPath([...paths.keys()], discovery));
    const dispatcher = new Dispatcher({
      registry,
      rbac,
      discovery,
      extensions,
      reviews: new Map<string, ReviewHandler>(),
      connects: new Map<string, ConnectHandler>(),
      paths,
    });
    const handler = new RequestHandler({
      authenticator,
      rbac,
      clock,
      log,
      inFlight,
      metrics: new RequestMetrics(metrics, inFlight),
      dispatch: (exchange) => dispatcher.dispatch(exchange),
    });
    return new ApiServer({ config, handler, onUpgrade: (_request, socket) => socket.destroy() });
  };
  return { registry, components: [store, registry, following], server };
}
