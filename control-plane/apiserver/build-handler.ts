import type { Registry as MetricsRegistry } from 'prom-client';
import type { Clock } from '../../lib/clock.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import type { Logger } from '../../lib/log.ts';
import { Authenticator } from '../auth/authenticator.ts';
import { anyOf } from '../auth/authorizer.ts';
import type { NodeAuthorizer } from '../auth/node-authorizer.ts';
import type { Rbac } from '../auth/rbac.ts';
import type { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import type { Registry } from '../registry/registry.ts';
import type { Auditor } from './audit/auditor.ts';
import { backupPath } from './backup-path.ts';
import { consolePath } from './console.ts';
import { Discovery } from './discovery.ts';
import { Dispatcher, type PathHandler } from './dispatcher.ts';
import type { ApiExtension } from './extension.ts';
import { InFlight } from './in-flight.ts';
import { metricsPath, type Scrape } from './metrics-path.ts';
import { healthPath, issuerPath, jwksPath, openapiPath, rootPath, versionPath, type HealthCheck } from './paths.ts';
import type { AgentLink } from './proxy/agent-link.ts';
import { connectHandlers } from './proxy/connect-handlers.ts';
import { RequestHandler } from './request-handler.ts';
import { RequestMetrics } from './request-metrics.ts';
import { registerServerMetrics } from './server-metrics.ts';
import { reviewHandlers } from './verbs/reviews.ts';

export interface HandlerParts {
  readonly config: ControlPlaneConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  readonly registry: Registry;
  readonly rbac: Rbac;
  readonly nodes: NodeAuthorizer;
  readonly tokens: ServiceAccountTokens;
  readonly link: AgentLink;
  readonly extensions: readonly ApiExtension[];
  readonly scrapes: ReadonlyMap<string, Scrape>;
  readonly auditor?: Auditor | undefined;
}

/** Joins everything that answers a request. */
export function buildHandler(parts: HandlerParts): RequestHandler {
  const { config, clock, log, metrics, registry, rbac, nodes, tokens, link, extensions, scrapes } = parts;
  const discovery = new Discovery(registry, extensions);
  const authorizer = anyOf(rbac, nodes);
  const inFlight = new InFlight();
  registerServerMetrics(metrics, registry);
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
    ['vigil', backupPath(registry, config.clusterName)],
  ]);
  if (config.consoleDir !== undefined) paths.set('console', consolePath(config.consoleDir));
  paths.set('', rootPath([...paths.keys()], discovery));
  const dispatcher = new Dispatcher({
    registry,
    authorizer,
    discovery,
    extensions,
    reviews: reviewHandlers(authorizer, rbac, tokens),
    connects: connectHandlers(registry, link),
    paths,
  });
  return new RequestHandler({
    authenticator: new Authenticator(tokens),
    authorizer,
    clock,
    log,
    inFlight,
    metrics: new RequestMetrics(metrics, inFlight),
    isServed: (info) => discovery.has(info),
    dispatch: (exchange) => dispatcher.dispatch(exchange),
    auditor: parts.auditor,
  });
}
