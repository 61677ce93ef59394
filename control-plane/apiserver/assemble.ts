import { readFile } from 'node:fs/promises';
import type { Registry as MetricsRegistry } from 'prom-client';
import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { pods, serviceAccounts } from '../../lib/kube/resources.ts';
import type { Logger } from '../../lib/log.ts';
import { profiles } from '../../lib/profiles.ts';
import { namespaceLifecycle } from '../admission/namespace-lifecycle.ts';
import { defaultTolerationSeconds, podPriority } from '../admission/pod-defaults.ts';
import { serviceAccountAdmission } from '../admission/service-account.ts';
import { ServiceAddresses } from '../admission/service-addresses.ts';
import { Authenticator } from '../auth/authenticator.ts';
import { escalationCheck } from '../auth/escalation-check.ts';
import { Rbac } from '../auth/rbac.ts';
import { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import { tokenRequest } from '../auth/token-request.ts';
import { systemChance } from '../registry/chance.ts';
import { definitions } from '../registry/definitions.ts';
import { LocalKubeClient } from '../registry/local-client.ts';
import { Registry } from '../registry/registry.ts';
import { bindPod } from '../registry/subresources/pod-binding.ts';
import { evictPod } from '../registry/subresources/pod-eviction.ts';
import { openStore } from '../registry/open-store.ts';
import { ApiServer } from './api-server.ts';
import { consolePath } from './console.ts';
import { Discovery } from './discovery.ts';
import { Dispatcher, type PathHandler } from './dispatcher.ts';
import type { ApiExtension } from './extension.ts';
import { InFlight } from './in-flight.ts';
import { metricsPath, type Scrape } from './metrics-path.ts';
import { healthPath, issuerPath, jwksPath, openapiPath, rootPath, versionPath, type HealthCheck } from './paths.ts';
import { AgentLink } from './proxy/agent-link.ts';
import { connectHandlers } from './proxy/connect-handlers.ts';
import { Upgrades } from './proxy/upgrades.ts';
import { RequestHandler } from './request-handler.ts';
import { RequestMetrics } from './request-metrics.ts';
import { Bootstrap } from './system/bootstrap.ts';
import { reviewHandlers } from './verbs/reviews.ts';

export interface AssembleOptions {
  readonly config: ControlPlaneConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
}

/** The API, put together and not yet started. */
export interface ApiCore {
  readonly registry: Registry;
  /** The registry itself, without HTTP. */
  readonly client: LocalKubeClient;
  /** To be started in this order, before the server. */
  readonly components: readonly Component[];
  /** `scrapes` are further texts of metrics, by what stands behind `/metrics/`. */
  server(extensions: readonly ApiExtension[], scrapes: ReadonlyMap<string, Scrape>): ApiServer;
}

export async function assemble({ config, clock, log, metrics }: AssembleOptions): Promise<ApiCore> {
  const store = openStore(config.store);
  const registry = new Registry({ store, clock, chance: systemChance, log, definitions });
  registry.handleSubresource(pods, 'binding', bindPod);
  registry.handleSubresource(pods, 'eviction', evictPod);
  const read = (path: string) => readFile(path, 'utf8');
  const { pki } = config;
  const [serviceAccountKey, ca, cert, key] = await Promise.all(
    [pki.serviceAccountKey, pki.caCert, pki.agentClientCert, pki.agentClientKey].map(read),
  );
  const link = new AgentLink({ ca: ca ?? '', cert: cert ?? '', key: key ?? '' });
  const rbac = new Rbac(registry);
  const tokens = new ServiceAccountTokens({ privateKeyPem: serviceAccountKey ?? '', registry, clock });
  registry.handleSubresource(serviceAccounts, 'token', tokenRequest(tokens, clock));
  const authenticator = new Authenticator(tokens);
  const addresses = new ServiceAddresses(registry, config.serviceSubnet);
  registry.use(
    namespaceLifecycle(registry),
    serviceAccountAdmission(registry),
    defaultTolerationSeconds(Math.ceil(profiles[config.profile].nodeEvictionAfterMs / 1000)),
    podPriority,
    addresses,
    escalationCheck(rbac),
  );
  const client = new LocalKubeClient(registry);
  const following: Component = {
    name: 'access rules and addresses',
    start: () => {
      rbac.start();
      addresses.start();
      return Promise.resolve();
    },
    stop: () => Promise.resolve(link.close()),
  };
  const server = (extensions: readonly ApiExtension[], scrapes: ReadonlyMap<string, Scrape>) => {
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
      ['openid', jwksPath(tokens)],
      ['.well-known', issuerPath(config.advertiseURL)],
      ['metrics', metricsPath(metrics, scrapes)],
    ]);
    if (config.consoleDir !== undefined) paths.set('console', consolePath(config.consoleDir));
    paths.set('', rootPath([...paths.keys()], discovery));
    const dispatcher = new Dispatcher({
      registry,
      rbac,
      discovery,
      extensions,
      reviews: reviewHandlers(rbac, tokens),
      connects: connectHandlers(registry, link),
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
    const upgrades = new Upgrades({ registry, link, handler, log });
    return new ApiServer({
      config,
      handler,
      onUpgrade: (request, socket, head) => upgrades.handle(request, socket, head),
    });
  };
  return {
    registry,
    client,
    components: [store, registry, following, new Bootstrap(registry, client)],
    server,
  };
}
