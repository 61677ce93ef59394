import { readFile } from 'node:fs/promises';
import type { Registry as MetricsRegistry } from 'prom-client';
import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import { pods, serviceAccounts } from '../../lib/kube/resources.ts';
import type { Logger } from '../../lib/log.ts';
import { profiles } from '../../lib/profiles.ts';
import { BootstrapTokens } from '../auth/bootstrap-tokens.ts';
import { certificateRequests } from '../auth/certificate-requests.ts';
import { limitRanger } from '../admission/limit-ranger.ts';
import { namespaceLifecycle } from '../admission/namespace-lifecycle.ts';
import { nodeRestriction } from '../admission/node-restriction.ts';
import { defaultTolerationSeconds } from '../admission/pod-defaults.ts';
import { podPriority } from '../admission/priority.ts';
import { podSecurity } from '../admission/pod-security/pod-security.ts';
import { resourceQuota } from '../admission/resource-quota.ts';
import { deviceAdminAccess } from '../admission/device-admin-access.ts';
import { runtimeClassAdmission } from '../admission/runtime-class.ts';
import { serviceAccountAdmission } from '../admission/service-account.ts';
import { defaultStorageClass, storageInUseProtection } from '../admission/storage.ts';
import { ServiceAddresses } from '../admission/service-addresses.ts';
import { validatingPolicies } from '../admission/policies/validating-policies.ts';
import { conversionWebhook } from '../admission/webhooks/conversion-webhook.ts';
import { admissionWebhooks } from '../admission/webhooks/webhooks.ts';
import { anyOf } from '../auth/authorizer.ts';
import { ClusterRoleAggregation } from '../auth/cluster-role-aggregation.ts';
import { escalationCheck } from '../auth/escalation-check.ts';
import { NodeAuthorizer } from '../auth/node-authorizer.ts';
import { Rbac } from '../auth/rbac.ts';
import { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import { tokensOfOthers } from '../auth/jwt/tokens-of-others.ts';
import { TokenAuthenticators } from '../auth/token-authenticators.ts';
import { tokenRequest } from '../auth/token-request.ts';
import { unsafeDeletion } from '../auth/unsafe-deletion.ts';
import { systemChance } from '../registry/chance.ts';
import { CustomKinds } from '../registry/custom/custom-kinds.ts';
import { definitions } from '../registry/definitions.ts';
import { LocalKubeClient } from '../registry/local-client.ts';
import { Registry } from '../registry/registry.ts';
import { bindPod } from '../registry/subresources/pod-binding.ts';
import { evictPod } from '../registry/subresources/pod-eviction.ts';
import { openStore } from '../registry/open-store.ts';
import { EncryptionRewriter } from '../registry/encryption-rewriter.ts';
import { Aggregation } from './aggregation/aggregation.ts';
import type { RemoteDiscovery } from './aggregation/remote-discovery.ts';
import { ApiServer, type UpgradeHandler } from './api-server.ts';
import type { Auditor } from './audit/auditor.ts';
import { buildHandler } from './build-handler.ts';
import type { AccessAttributes, ApiExtension, User } from './extension.ts';
import { FlowControl } from './fairness/flow-control.ts';
import { FlowObjectsKeeper } from './fairness/flow-objects-keeper.ts';
import type { Scrape } from './metrics-path.ts';
import { AgentLink } from './proxy/agent-link.ts';
import { Upgrades } from './proxy/upgrades.ts';
import type { RequestHandler } from './request-handler.ts';
import { Bootstrap } from './system/bootstrap.ts';
import { EventExpiry } from './system/event-expiry.ts';
import { ExtensionAuthentication } from './system/extension-authentication.ts';

export interface AssembleOptions {
  readonly config: ControlPlaneConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  /** The store has ended by itself: only a new start helps. */
  readonly onStoreLost?: () => void;
}

/** The API, put together and not yet started. */
export interface ApiCore {
  readonly registry: Registry;
  /** The registry itself, without HTTP. */
  readonly client: LocalKubeClient;
  /** What other API servers answer under this one, and a client that reaches them as well. */
  readonly aggregated: { readonly kinds: RemoteDiscovery; readonly client: KubeClient };
  /** Whether somebody may do something. */
  readonly mayDo: (user: User, asked: AccessAttributes) => boolean;
  /** To be started in this order, before the server. */
  readonly components: readonly Component[];
  /** Answers requests, without a port. */
  handler(extensions: readonly ApiExtension[], scrapes: ReadonlyMap<string, Scrape>, auditor?: Auditor): RequestHandler;
  /** `scrapes` are further texts of metrics, by what stands behind `/metrics/`. */
  server(extensions: readonly ApiExtension[], scrapes: ReadonlyMap<string, Scrape>, auditor?: Auditor): ApiServer;
}

export async function assemble({ config, clock, log, metrics, onStoreLost }: AssembleOptions): Promise<ApiCore> {
  const store = await openStore(config, clock);
  const registry = new Registry({
    store,
    clock,
    chance: systemChance,
    log,
    definitions,
    ...(onStoreLost ? { onLost: onStoreLost } : {}),
  });
  registry.handleSubresource(pods, 'binding', bindPod);
  registry.handleSubresource(pods, 'eviction', evictPod);
  const read = (path: string) => readFile(path, 'utf8');
  const { pki } = config;
  const [serviceAccountKey, ca, cert, key] = await Promise.all(
    [pki.serviceAccountKey, pki.caCert, pki.agentClientCert, pki.agentClientKey].map(read),
  );
  const [frontProxyCa, ...frontProxy] = await Promise.all(
    pki.frontProxy ? [pki.frontProxy.caCert, pki.frontProxy.clientCert, pki.frontProxy.clientKey].map(read) : [],
  );
  const [clientCert, clientKey] = frontProxy;
  const link = new AgentLink({ ca: ca ?? '', cert: cert ?? '', key: key ?? '' });
  const rbac = new Rbac(registry);
  const nodes = new NodeAuthorizer(registry);
  const authorizer = anyOf(rbac, nodes);
  const tokens = new ServiceAccountTokens({ privateKeyPem: serviceAccountKey ?? '', registry, clock });
  const others = await tokensOfOthers(config.authenticationConfigFile, clock, log);
  const own = new TokenAuthenticators(tokens, new BootstrapTokens(registry, clock));
  const bearers = others ? new TokenAuthenticators(own, others) : own;
  registry.handleSubresource(serviceAccounts, 'token', tokenRequest(tokens, clock));
  const addresses = new ServiceAddresses(registry, config.serviceSubnet);
  registry.use(
    namespaceLifecycle(registry),
    serviceAccountAdmission(registry),
    defaultTolerationSeconds(Math.ceil(profiles[config.profile].nodeEvictionAfterMs / 1000)),
    podPriority(registry),
    runtimeClassAdmission(registry),
    defaultStorageClass(registry),
    storageInUseProtection,
    addresses,
    deviceAdminAccess(registry),
    limitRanger(registry),
    admissionWebhooks(registry, authorizer),
    validatingPolicies(registry, authorizer),
    podSecurity(registry),
    resourceQuota(registry),
    certificateRequests(rbac),
    escalationCheck(rbac),
    unsafeDeletion(rbac),
    nodeRestriction,
  );
  const client = new LocalKubeClient(registry);
  const flowControl = new FlowControl(registry, clock);
  const aggregation = new Aggregation(
    registry,
    client,
    metrics,
    clientCert !== undefined && clientKey !== undefined ? { cert: clientCert, key: clientKey } : undefined,
  );
  const following: Component = {
    name: 'access rules, flows and addresses',
    start: () => {
      rbac.start();
      nodes.start();
      addresses.start();
      flowControl.start();
      return Promise.resolve();
    },
    stop: () => Promise.resolve(link.close()),
  };
  const handler: ApiCore['handler'] = (extensions, scrapes, auditor) =>
    buildHandler({
      config,
      clock,
      log,
      metrics,
      registry,
      rbac,
      nodes,
      tokens,
      bearers,
      link,
      flowControl,
      aggregation,
      extensions,
      scrapes,
      auditor,
    });
  const server: ApiCore['server'] = (extensions, scrapes, auditor) => {
    const built = handler(extensions, scrapes, auditor);
    const upgrades = new Upgrades({ registry, link, aggregation, handler: built, log });
    const onUpgrade: UpgradeHandler = (request, socket, head) => upgrades.handle(request, socket, head);
    return new ApiServer({ config, clock, handler: built, onUpgrade });
  };
  return {
    registry,
    client,
    aggregated: { kinds: aggregation.discovery, client: aggregation.client },
    mayDo: (user, asked) => authorizer.authorize(user, asked).allowed,
    components: [
      store,
      registry,
      new CustomKinds(registry, conversionWebhook(registry)),
      following,
      new Bootstrap(registry, client),
      new ClusterRoleAggregation({ registry, client, clock, log }),
      new FlowObjectsKeeper({ registry, client, clock, log }),
      new ExtensionAuthentication(registry, client, { clientCa: ca ?? '', frontProxyCa }),
      ...aggregation.components,
      ...(others ? [others] : []),
      new EventExpiry({ registry, clock, log }),
      new EncryptionRewriter(store, log),
    ],
    handler,
    server,
  };
}
