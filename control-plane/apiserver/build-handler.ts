import type { Registry as MetricsRegistry } from 'prom-client';
import type { Clock } from '../../lib/clock.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { apiVersionOf } from '../../lib/kube/resources.ts';
import type { Logger } from '../../lib/log.ts';
import { Authenticator, type TokenAuthenticator, type TokenReviewer } from '../auth/authenticator.ts';
import { anyOf } from '../auth/authorizer.ts';
import type { NodeAuthorizer } from '../auth/node-authorizer.ts';
import type { Rbac } from '../auth/rbac.ts';
import type { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import type { Registry } from '../registry/registry.ts';
import type { Auditor } from './audit/auditor.ts';
import { backupPath } from './backup-path.ts';
import type { Aggregation } from './aggregation/aggregation.ts';
import { componentStatusHandler } from './component-statuses.ts';
import { consolePath } from './console.ts';
import { Discovery } from './discovery.ts';
import { Dispatcher } from './dispatcher.ts';
import type { ApiExtension } from './extension.ts';
import { flowControlDumpPath } from './fairness/dump-path.ts';
import { registerFlowControlMetrics } from './fairness/flow-control-metrics.ts';
import type { FlowControl } from './fairness/flow-control.ts';
import { InFlight } from './in-flight.ts';
import { metricsPath, type Scrape } from './metrics-path.ts';
import { healthPath, issuerPath, jwksPath, openapiPath, rootPath, versionPath, type HealthCheck } from './paths.ts';
import type { AgentLink } from './proxy/agent-link.ts';
import { connectHandlers } from './proxy/connect-handlers.ts';
import { RequestHandler } from './request-handler.ts';
import { RequestMetrics } from './request-metrics.ts';
import { registerServerMetrics } from './server-metrics.ts';
import { bindingHandler } from './verbs/bindings.ts';
import { reviewHandlers } from './verbs/reviews.ts';
import type { PathHandler } from './handlers.ts';

export interface HandlerParts {
  readonly config: ControlPlaneConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  readonly registry: Registry;
  readonly rbac: Rbac;
  readonly nodes: NodeAuthorizer;
  readonly tokens: ServiceAccountTokens;
  /** Those and the tokens of other issuers. */
  readonly bearers: TokenAuthenticator & TokenReviewer;
  readonly link: AgentLink;
  readonly flowControl: FlowControl;
  readonly aggregation: Aggregation;
  readonly extensions: readonly ApiExtension[];
  readonly scrapes: ReadonlyMap<string, Scrape>;
  readonly auditor?: Auditor | undefined;
}

/** Joins everything that answers a request. */
export function buildHandler(parts: HandlerParts): RequestHandler {
  const { config, clock, log, metrics, registry, rbac, nodes, tokens, link } = parts;
  const { bearers, aggregation, extensions, scrapes, flowControl } = parts;
  aggregation.local.announce(extensions);
  const discovery = new Discovery(registry, extensions, aggregation.discovery);
  const authorizer = anyOf(rbac, nodes);
  const inFlight = new InFlight();
  registerServerMetrics(metrics, registry);
  registerFlowControlMetrics(metrics, flowControl);
  const checks: readonly HealthCheck[] = [
    { name: 'ping', check: () => undefined },
    { name: 'store', check: () => (registry.isHealthy ? undefined : 'the watch of the store has ended') },
  ];
  const paths = new Map<string, PathHandler>([
    ['healthz', healthPath('healthz', checks)],
    ['livez', healthPath('livez', checks)],
    ['readyz', healthPath('readyz', checks)],
    ['version', versionPath],
    ['openapi', openapiPath(registry, aggregation, log)],
    ['openid', jwksPath(tokens)],
    ['.well-known', issuerPath(config.advertiseURL)],
    ['metrics', metricsPath(metrics, scrapes)],
    ['debug', flowControlDumpPath(flowControl)],
    ['vigil', backupPath(registry, config.clusterName)],
  ]);
  if (config.consoleDir !== undefined) paths.set('console', consolePath(config.consoleDir));
  paths.set('', rootPath([...paths.keys()], discovery));
  const dispatcher = new Dispatcher({
    registry,
    log,
    authorizer,
    aggregation,
    discovery,
    extensions,
    posted: new Map([...reviewHandlers(authorizer, rbac, bearers), ['/v1/bindings', bindingHandler(registry)]]),
    computed: new Map([['/v1/componentstatuses', componentStatusHandler(registry)]]),
    connects: connectHandlers(registry, link),
    paths,
  });
  return new RequestHandler({
    authenticator: new Authenticator(bearers),
    authorizer,
    clock,
    log,
    inFlight,
    flowControl,
    objectsOf: ({ group, version, resource }) =>
      registry.find(apiVersionOf({ group, version }), resource)?.cache.size ?? 0,
    metrics: new RequestMetrics(metrics, inFlight),
    isServed: (info) => discovery.has(info),
    isPassedOn: (url) => aggregation.routes.ofPath(url) !== undefined,
    dispatch: (exchange) => dispatcher.dispatch(exchange),
    auditor: parts.auditor,
  });
}
