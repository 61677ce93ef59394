import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SystemClock } from '../lib/clock.ts';
import type { Component } from '../lib/component.ts';
import type { NodeAgentConfig } from '../lib/config/node-agent.ts';
import { EventRecorder } from '../lib/kube/event-recorder.ts';
import { HttpKubeClient } from '../lib/kube/http-client.ts';
import { Informer } from '../lib/kube/informer.ts';
import { milliValue, wholeValue } from '../lib/kube/quantity.ts';
import { endpointSlices, nodes, pods as podsResource, services } from '../lib/kube/resources.ts';
import { SharedInformers } from '../lib/kube/shared-informers.ts';
import type { Pod, Secret } from '../lib/kube/types.ts';
import type { Logger } from '../lib/log.ts';
import { profiles } from '../lib/profiles.ts';
import { RecordSpool } from '../lib/signals/record-spool.ts';
import { StateFile } from '../lib/state-file.ts';
import { AgentPodsView } from './agent-pods-view.ts';
import { DnsServer } from './dns/dns-server.ts';
import { AgentAuthenticator } from './http/authenticate.ts';
import { logRoutes } from './logs/routes.ts';
import { AgentMetrics } from './metrics/agent-metrics.ts';
import { CgroupReader } from './metrics/cgroup-reader.ts';
import { ContainerUsage } from './metrics/container-usage.ts';
import { metricsRoutes } from './metrics/metrics-routes.ts';
import { NodeStatsReader } from './metrics/node-stats.ts';
import { ProbeMetrics } from './metrics/probe-metrics.ts';
import { SystemCommands } from './network/commands.ts';
import { NodeNetwork } from './network/node-network.ts';
import { NodeLease } from './node/lease.ts';
import { readMachine } from './node/machine.ts';
import { nodeCapacity } from './node/node-object.ts';
import { NodeStatusWriter } from './node/node-status.ts';
import { PodAddresses } from './pods/addresses.ts';
import { ApiEvents } from './pods/api-events.ts';
import { backOffSettings } from './pods/back-off-settings.ts';
import type { DownwardFacts } from './pods/field-ref.ts';
import { Images } from './pods/images.ts';
import { LogSources } from './pods/log-sources.ts';
import { Observer } from './pods/observe.ts';
import { runningSandbox } from './pods/observed-pod.ts';
import type { PodDeps } from './pods/pod-deps.ts';
import { PodFiles } from './pods/pod-files.ts';
import { PodManager } from './pods/pod-manager.ts';
import { Allocations } from './pods/resize/allocations.ts';
import { memoryUsageReader } from './pods/resize/memory-usage.ts';
import { removalBounds } from './pods/removal.ts';
import { podRoutes } from './pods/routes.ts';
import { serviceEnv } from './pods/service-env.ts';
import { StatusWriter } from './pods/status-writer.ts';
import { ProbeManager } from './probes/probe-manager.ts';
import { ProbeReporter } from './probes/probe-reporter.ts';
import { ProbeHistory } from './probes/probe-ring.ts';
import { checkRunner } from './probes/run-check.ts';
import { ServiceProxy } from './proxy/service-proxy.ts';
import { connectDocker } from './runtime/dockerode.ts';
import { CountedRuntime } from './runtime/counted-runtime.ts';
import { DockerRuntime } from './runtime/docker-runtime.ts';
import { AgentServer } from './server.ts';
import { signalRoutes } from './signals/routes.ts';
import { SignalLog } from './signals/signal-log.ts';
import { AgentStreamTargets } from './streams/agent-targets.ts';
import { DockerEndpoint } from './streams/docker-endpoint.ts';
import { NamespacePodDialer } from './streams/pod-dialer.ts';
import { streamRoutes } from './streams/stream-routes.ts';
import { StreamServer } from './streams/stream-server.ts';
import { ImageVolumes } from './volumes/image-volumes.ts';
import { LocalVolumes } from './volumes/local-volumes.ts';
import { claimedKind, PodVolumes } from './volumes/pod-volumes.ts';
import { ReferencedObjects } from './volumes/referenced-objects.ts';
import { ServiceAccountTokens } from './volumes/service-account-tokens.ts';
import { volumeRoutes } from './volumes/volume-routes.ts';

/** So long a container's start waits for the first list of Services. */
const SERVICES_PATIENCE_MS = 3_000;

/** Builds the real parts of an agent, in the order in which they start. Asks the engine and the machine what they are, and makes the node's network. */
export async function buildAgent(
  config: NodeAgentConfig,
  log: Logger,
  signal: AbortSignal,
): Promise<readonly Component[]> {
  const clock = new SystemClock();
  const profile = profiles[config.profile];
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  const endpoint = new DockerEndpoint(config.dockerHost);
  const commands = new SystemCommands();
  const network = new NodeNetwork({ config, docker: endpoint, commands, clock, log });
  await network.ensure(signal);
  let agentMetrics: AgentMetrics | undefined;
  const scope = { clusterName: config.clusterName, nodeName: config.nodeName };
  const runtime = new CountedRuntime(
    new DockerRuntime(connectDocker(config.dockerHost), scope),
    (operation, hasFailed) => agentMetrics?.countRuntimeOperation(operation, hasFailed),
  );
  const [engine, machine] = await Promise.all([runtime.info(), readMachine()]);
  const capacity = nodeCapacity(config.capacity, machine);

  const tls = {
    ca: readFileSync(config.caCert, 'utf8'),
    cert: readFileSync(config.cert, 'utf8'),
    key: readFileSync(config.key, 'utf8'),
  };
  const client = new HttpKubeClient({ server: config.apiServer, ...tls, clock, userAgent: 'vigil-node-agent' });
  const informers = new SharedInformers({ client, clock, log });
  const serviceCache = informers.of(services);
  const sliceCache = informers.of(endpointSlices);
  const nodeCache = informers.of(nodes);
  const podCache = new Informer<Pod>({
    client,
    resource: podsResource,
    clock,
    log,
    fieldSelector: `spec.nodeName=${config.nodeName}`,
  });

  const records = new RecordSpool({ dir: config.recordsDir, clock, log });
  const recorder = new EventRecorder({
    client,
    clock,
    log,
    component: 'kubelet',
    host: config.nodeName,
    records,
    clusterName: config.clusterName,
  });
  const events = new ApiEvents(recorder);
  const signals = new SignalLog(records, config.clusterName);
  const history = new ProbeHistory();
  const probeMetrics = new ProbeMetrics();
  const observer = new Observer({ runtime, clock, log, onRelist: (seconds) => agentMetrics?.observeRelist(seconds) });
  const writer = new StatusWriter({ client, clock, log });
  const runCheck = checkRunner(runtime);
  const probes = new ProbeManager({
    nodeName: config.nodeName,
    statePath: join(config.stateDir, 'probes.json'),
    runCheck,
    listener: new ProbeReporter({
      signals,
      history,
      events,
      observe: (record) => probeMetrics.observe(record),
      onChange: (uid) => manager.wake(uid),
    }),
    clock,
    log,
    random: Math.random,
  });
  const facts = (pod: Pod): DownwardFacts => ({
    pod,
    podIP: runningSandbox(observer.pod(pod.metadata?.uid ?? ''))?.ip,
    hostIP: config.nodeIP,
    nodeName: config.nodeName,
    allocatable: capacity,
  });
  const files = new PodFiles(config.stateDir);
  const objects = new ReferencedObjects({ client, clock, log });
  const volumes = new PodVolumes({
    files,
    objects,
    tokens: new ServiceAccountTokens(client, clock),
    facts,
    node: () => nodeCache.get(config.nodeName),
  });
  const lent = new LocalVolumes({
    dir: files.lentDir,
    podsDir: files.podsDir,
    linksDir: files.volumesOfKind(claimedKind),
  });
  const images = new Images({ runtime, events, clock, secretsOf: (pod) => pullSecrets(objects, pod) });
  const sources = new LogSources(config.sourcesDir, config.nodeName, log);
  await sources.load();
  const deps: PodDeps = {
    node: {
      nodeName: config.nodeName,
      nodeIP: config.nodeIP,
      clusterDomain: config.clusterDomain,
      networkName: config.network.name,
      pauseImage: config.pauseImage,
      machineMemoryBytes: machine.memoryBytes,
      minOomScoreAdj: machine.canLowerOomScore ? -1000 : 0,
    },
    runtime,
    observer,
    probes,
    runCheck,
    volumes,
    objects,
    files,
    addresses: new PodAddresses(config.podCIDR),
    allocations: new Allocations(
      new StateFile(join(config.stateDir, 'allocations.json'), 'resources allocated to pods', clock, log),
    ),
    memoryUsage: memoryUsageReader(new CgroupReader()),
    images,
    imageVolumes: new ImageVolumes({ runtime, images, files }),
    sources,
    removal: removalBounds(config),
    signals,
    events,
    backOff: backOffSettings(config.crashLoopBackOff, profile),
    serviceEnv: async (namespace, withLinks) => {
      // With the API away a container runs with what is known rather than not at all.
      await serviceCache.whenSynced(AbortSignal.timeout(SERVICES_PATIENCE_MS)).catch(() => undefined);
      return serviceEnv(serviceCache.list(), namespace, withLinks);
    },
    facts,
    clock,
    log,
  };
  const manager: PodManager = new PodManager({
    deps,
    pods: podCache,
    cache: new StateFile(join(config.stateDir, 'pods.json'), 'list of pods', clock, log),
    writer,
    allocatable: () => capacity,
    allowedSysctls: config.allowedUnsafeSysctls ?? [],
    onStarted: (seconds) => agentMetrics?.observePodStart(seconds),
    onGone: (pod) => history.forget(pod.metadata?.uid ?? ''),
  });
  const view = new AgentPodsView(manager, observer, writer, config.nodeIP);
  agentMetrics = new AgentMetrics(config.nodeName, view);
  const stats = new NodeStatsReader({
    pods: view,
    usage: new ContainerUsage(endpoint),
    clock,
    capacity: config.capacity && {
      cpuCores: milliValue(capacity.cpu) / 1000,
      memoryBytes: wholeValue(capacity.memory),
    },
    stateDir: config.stateDir,
    ownUsage: () => {
      const { user, system } = process.cpuUsage();
      return { cpuNanos: (user + system) * 1000, memoryBytes: process.memoryUsage.rss() };
    },
  });
  const streams = new StreamServer({
    targets: new AgentStreamTargets(view, endpoint, config.nodeIP),
    docker: endpoint,
    dialer: new NamespacePodDialer(clock),
    clock,
    log,
    kill: (pid) => {
      process.kill(pid, 'SIGKILL');
    },
  });
  const authenticator = new AgentAuthenticator(client, clock, config.nodeName);
  const server = new AgentServer({
    host: config.nodeIP,
    port: config.port,
    ...tls,
    routes: [
      ...podRoutes(view),
      ...logRoutes({ observer, pods: view, clock, log }),
      ...signalRoutes(signals, history, view),
      ...volumeRoutes(lent),
      ...metricsRoutes({
        nodeName: config.nodeName,
        startedAtMs: clock.now(),
        stats,
        agent: agentMetrics,
        probes: probeMetrics,
      }),
    ],
    upgrades: streamRoutes(streams),
    authenticate: (request) => authenticator.check(request),
    log,
  });
  const lease = new NodeLease({ nodeName: config.nodeName, client, profile, clock, log });
  const nodeStatus = new NodeStatusWriter({
    identity: config,
    capacity,
    machine,
    engine,
    runtime,
    isObserverHealthy: () => observer.isHealthy,
    node: () => nodeCache.get(config.nodeName),
    diskPath: config.stateDir,
    shipperStatusFile: config.shipperStatusFile,
    client,
    profile,
    clock,
    log,
  });
  const shared = { config, services: serviceCache, slices: sliceCache, clock, log };
  return [
    records,
    recorder,
    informers,
    network,
    observer,
    probes,
    objects,
    new ServiceProxy({ ...shared, nodes: nodeCache, commands }),
    new DnsServer({ ...shared, random: Math.random }),
    server,
    lease,
    nodeStatus,
    writer,
    manager,
  ];
}

async function pullSecrets(objects: ReferencedObjects, pod: Pod): Promise<readonly Secret[]> {
  const { namespace = '', uid = '' } = pod.metadata ?? {};
  const found: Secret[] = [];
  for (const { name } of pod.spec?.imagePullSecrets ?? []) {
    const secret = name ? await objects.secret(uid, namespace, name) : undefined;
    if (secret) found.push(secret);
  }
  return found;
}
