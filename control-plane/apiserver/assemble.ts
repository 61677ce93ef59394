import { readFile } from 'node:fs/promises';
import type { Registry as MetricsRegistry } from 'prom-client';
import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { pods, serviceAccounts } from '../../lib/kube/resources.ts';
import type { Logger } from '../../lib/log.ts';
import { profiles } from '../../lib/profiles.ts';
import { certificateRequests } from '../auth/certificate-requests.ts';
import { limitRanger } from '../admission/limit-ranger.ts';
import { namespaceLifecycle } from '../admission/namespace-lifecycle.ts';
import { nodeRestriction } from '../admission/node-restriction.ts';
import { defaultTolerationSeconds } from '../admission/pod-defaults.ts';
import { podPriority } from '../admission/priority.ts';
import { podSecurity } from '../admission/pod-security/pod-security.ts';
import { resourceQuota } from '../admission/resource-quota.ts';
import { serviceAccountAdmission } from '../admission/service-account.ts';
import { defaultStorageClass, storageInUseProtection } from '../admission/storage.ts';
import { ServiceAddresses } from '../admission/service-addresses.ts';
import { validatingPolicies } from '../admission/policies/validating-policies.ts';
import { admissionWebhooks } from '../admission/webhooks/webhooks.ts';
import { escalationCheck } from '../auth/escalation-check.ts';
import { NodeAuthorizer } from '../auth/node-authorizer.ts';
import { Rbac } from '../auth/rbac.ts';
import { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import { tokenRequest } from '../auth/token-request.ts';
import { systemChance } from '../registry/chance.ts';
import { CustomKinds } from '../registry/custom/custom-kinds.ts';
import { definitions } from '../registry/definitions.ts';
import { LocalKubeClient } from '../registry/local-client.ts';
import { Registry } from '../registry/registry.ts';
import { bindPod } from '../registry/subresources/pod-binding.ts';
import { evictPod } from '../registry/subresources/pod-eviction.ts';
import { openStore } from '../registry/open-store.ts';
import { ApiServer, type UpgradeHandler } from './api-server.ts';
import type { Auditor } from './audit/auditor.ts';
import { buildHandler } from './build-handler.ts';
import type { ApiExtension } from './extension.ts';
import type { Scrape } from './metrics-path.ts';
import { AgentLink } from './proxy/agent-link.ts';
import { Upgrades } from './proxy/upgrades.ts';
import type { RequestHandler } from './request-handler.ts';
import { Bootstrap } from './system/bootstrap.ts';
import { EventExpiry } from './system/event-expiry.ts';

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
  /** To be started in this order, before the server. */
  readonly components: readonly Component[];
  /** Answers requests, without a port. */
  handler(extensions: readonly ApiExtension[], scrapes: ReadonlyMap<string, Scrape>, auditor?: Auditor): RequestHandler;
  /** `scrapes` are further texts of metrics, by what stands behind `/metrics/`. */
  server(extensions: readonly ApiExtension[], scrapes: ReadonlyMap<string, Scrape>, auditor?: Auditor): ApiServer;
}

export async function assemble({ config, clock, log, metrics, onStoreLost }: AssembleOptions): Promise<ApiCore> {
  const store = openStore(config.store, clock);
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
  const link = new AgentLink({ ca: ca ?? '', cert: cert ?? '', key: key ?? '' });
  const rbac = new Rbac(registry);
  const nodes = new NodeAuthorizer(registry);
  const tokens = new ServiceAccountTokens({ privateKeyPem: serviceAccountKey ?? '', registry, clock });
  registry.handleSubresource(serviceAccounts, 'token', tokenRequest(tokens, clock));
  const addresses = new ServiceAddresses(registry, config.serviceSubnet);
  registry.use(
    namespaceLifecycle(registry),
    serviceAccountAdmission(registry),
    defaultTolerationSeconds(Math.ceil(profiles[config.profile].nodeEvictionAfterMs / 1000)),
    podPriority(registry),
    defaultStorageClass(registry),
    storageInUseProtection,
    addresses,
    limitRanger(registry),
    admissionWebhooks(registry),
    validatingPolicies(registry),
    podSecurity(registry),
    resourceQuota(registry),
    certificateRequests(rbac),
    escalationCheck(rbac),
    nodeRestriction,
  );
  const client = new LocalKubeClient(registry);
  const following: Component = {
    name: 'access rules and addresses',
    start: () => {
      rbac.start();
      nodes.start();
      addresses.start();
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
      link,
      extensions,
      scrapes,
      auditor,
    });
  const server: ApiCore['server'] = (extensions, scrapes, auditor) => {
    const built = handler(extensions, scrapes, auditor);
    const upgrades = new Upgrades({ registry, link, handler: built, log });
    const onUpgrade: UpgradeHandler = (request, socket, head) => upgrades.handle(request, socket, head);
    return new ApiServer({ config, clock, handler: built, onUpgrade });
  };
  return {
    registry,
    client,
    components: [
      store,
      registry,
      new CustomKinds(registry),
      following,
      new Bootstrap(registry, client),
      new EventExpiry({ registry, clock, log }),
    ],
    handler,
    server,
  };
}
