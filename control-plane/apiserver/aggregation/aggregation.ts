import type { Registry as MetricsRegistry } from 'prom-client';
import type { Component } from '../../../lib/component.ts';
import type { KubeClient } from '../../../lib/kube/client.ts';
import type { Registry } from '../../registry/registry.ts';
import { AggregatedLink, type FrontProxyCredentials } from './aggregated-link.ts';
import { registerAggregationMetrics } from './aggregation-metrics.ts';
import { AvailabilityController } from './availability-controller.ts';
import { LocalApiServices } from './local-services.ts';
import { RemoteDiscovery } from './remote-discovery.ts';
import { RemoteOpenapi } from './remote-openapi.ts';
import { RoutedKubeClient } from './routed-client.ts';
import { ApiServiceRoutes } from './routes.ts';

/** Other API servers under this one: who they are, how they are reached, what they serve. */
export class Aggregation {
  readonly routes: ApiServiceRoutes;
  readonly link: AggregatedLink;
  readonly discovery: RemoteDiscovery;
  readonly openapi: RemoteOpenapi;
  readonly local: LocalApiServices;
  /** For the control plane's own loops. */
  readonly client: KubeClient;
  /** To be started in this order, after the kinds and before the server. */
  readonly components: readonly Component[];

  constructor(
    registry: Registry,
    client: KubeClient,
    metrics: MetricsRegistry,
    credentials: FrontProxyCredentials | undefined,
  ) {
    this.routes = new ApiServiceRoutes(registry);
    this.link = new AggregatedLink(registry, credentials);
    this.discovery = new RemoteDiscovery(registry, this.routes, this.link);
    this.openapi = new RemoteOpenapi(this.routes, this.link, registry.log);
    this.local = new LocalApiServices(registry, client);
    this.client = new RoutedKubeClient(client, this.routes, this.link, registry.clock);
    const connections: Component = {
      name: 'connections to aggregated servers',
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(this.link.close()),
    };
    this.components = [
      this.routes,
      connections,
      this.local,
      this.discovery,
      new AvailabilityController(registry, this.link, registerAggregationMetrics(metrics, this.routes)),
    ];
  }
}
