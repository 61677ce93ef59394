import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { Clock } from '../../lib/clock.ts';
import { messageOf, VigilError } from '../../lib/errors.ts';
import { gatewayOf } from './addresses.ts';
import { freePort, freeSubnets, interfaceRanges, isFree } from './allocate.ts';
import { adminClient } from './api-client.ts';
import { applyObjects } from './apply-objects.ts';
import type { ClusterHome } from './cluster-home.ts';
import { changedRecord, newRecord, type Wanted } from './cluster-plan.ts';
import { listRecords, readRecord, writeRecord, type ClusterRecord } from './cluster-record.ts';
import { ensureCredentials } from './credentials.ts';
import { demoObjects, demoWorkloads } from './demo-objects.ts';
import { ensureNetwork, networkRanges, type NetworkPlan } from './docker-network.ts';
import { connectDocker, engineVersion } from './engine.ts';
import { allImages } from './images/all-images.ts';
import { makeImages } from './images/make-images.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { lastLogLines } from './last-log-lines.ts';
import { withMachineLock } from './machine-lock.ts';
import { agentConfig, apiServerURL, controlPlaneConfig, shipperConfigs } from './process-configs.ts';
import {
  agentPlan,
  agentProcess,
  controlPlanePlan,
  controlPlaneProcess,
  shipperPlans,
  type Launch,
} from './process-plans.ts';
import { Processes } from './processes.ts';
import type { Progress } from './progress.ts';
import { deploymentsReady, nodesReady } from './readiness.ts';
import { hasEmbeddedStore, systemObjects } from './system-objects.ts';
import { logStoreService, systemNamespace } from '../../lib/names.ts';
import { waitForApi } from './wait-for-api.ts';

/** A cluster that is not Ready by then has something wrong with it. */
const READY_PATIENCE_MS = 120_000;
const FIRST_METRICS_PORT = 9600;

export interface UpDeps {
  readonly vigilHome: string;
  readonly home: ClusterHome;
  readonly launch: Launch;
  readonly dockerHost: string;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Makes or completes a cluster and resolves when everything in it is Ready. */
export async function upCluster(wanted: Wanted, deps: UpDeps): Promise<ClusterRecord> {
  const { progress, home } = deps;
  const docker = await progress.step('engine', async () => {
    const connected = await connectDocker(deps.dockerHost);
    return { detail: `Docker ${await engineVersion(connected, deps.dockerHost)}`, value: connected };
  });
  // The record is there before anything is made, so that `kctl down` finds whatever an interrupted `up` left.
  const record = await withMachineLock(deps.clock, deps.signal, () => reserve(wanted, docker, deps));
  await progress.step('images', async () => {
    const made = await makeImages(docker, allImages(deps.launch.root));
    return { detail: made.length > 0 ? `made ${made.join(' ')}`.slice(0, 52) : 'vigil, demo', value: undefined };
  });
  await ensureCredentials(home, record, deps.clock.now());
  writeConfigs(home, record, deps);
  const processes = new Processes(home, deps.launch.root, deps.clock);
  const patience = new AbortController();
  const cancelPatience = deps.clock.after(READY_PATIENCE_MS, () => patience.abort(new Error('not in time')));
  const client = adminClient(home, record, deps.clock);
  const bounded = { ...deps, signal: AbortSignal.any([deps.signal, patience.signal]) };
  try {
    await startControlPlane(record, processes, bounded);
    await applyObjects(client, systemObjects(home, record), 'merge', bounded.signal);
    if (record.demo) await applyObjects(client, demoObjects(deps.launch.root), 'leave', bounded.signal);
    await progress.step('nodes', async () => {
      for (const node of record.nodes) processes.start(agentPlan(deps.launch, home, record, node));
      for (const plan of shipperPlans(deps.launch, home, record)) processes.start(plan);
      await explained(
        record.nodes.map((node) => agentProcess(node.name)),
        home,
        patience.signal,
        () =>
          nodesReady(
            client,
            record.nodes.map((node) => node.name),
            bounded.signal,
          ),
      );
      return { detail: record.nodes.map((node) => node.name).join(' ') || 'none', value: undefined };
    });
    if (hasEmbeddedStore(record)) {
      await progress.step('logs', async () => {
        await deploymentsReady(client, systemNamespace, [logStoreService.name], bounded.signal);
        return {
          detail: `${logStoreService.name}.${systemNamespace}:${logStoreService.port} (embedded store)`,
          value: undefined,
        };
      });
    }
    if (record.demo && record.nodes.length > 0) {
      await progress.step('demo', async () => {
        await deploymentsReady(client, 'default', demoWorkloads, bounded.signal);
        return { detail: demoWorkloads.join(' '), value: undefined };
      });
    }
    return record;
  } catch (error) {
    if (!patience.signal.aborted || error instanceof VigilError) throw error;
    throw new VigilError(
      'NOT_READY',
      'terminal',
      `cluster "${record.name}" was not Ready within ${READY_PATIENCE_MS / 1000} s: ./kctl status --name ${record.name} and the logs in ${home.logs} say more`,
      { cause: error },
    );
  } finally {
    cancelPatience();
    client.close();
  }
}

/** Decides on subnets and port, and takes them: the network is made under the machine's lock. */
async function reserve(wanted: Wanted, docker: Docker, deps: UpDeps): Promise<ClusterRecord> {
  const existing = readRecord(deps.home);
  const record = existing ? changedRecord(existing, wanted) : await allocate(wanted, docker, deps);
  writeRecord(deps.home, record);
  if (record.nodes.length > 0 && !record.isolated) await ensureNetwork(docker, networkPlan(record, deps.vigilHome));
  return record;
}

async function allocate(wanted: Wanted, docker: Docker, deps: UpDeps): Promise<ClusterRecord> {
  const others = listRecords(deps.vigilHome);
  const taken = [
    ...interfaceRanges(),
    ...(await networkRanges(docker)),
    ...others.flatMap((o) => [o.podSubnet, o.serviceSubnet]),
  ];
  const subnets = freeSubnets(taken);
  const reserved = new Set(others.flatMap((other) => [other.port, other.shipperMetricsPort]));
  if (wanted.port !== undefined && !(await isFree(wanted.port))) {
    throw new VigilError(
      'PORT_TAKEN',
      'conflict',
      `port ${wanted.port} is in use: leave --port away to take a free one`,
    );
  }
  return newRecord(
    wanted,
    {
      podSubnet: subnets.pod,
      serviceSubnet: subnets.service,
      port: wanted.port ?? (await freePort(subnets.place, reserved)),
      shipperMetricsPort: await freePort(subnets.place, reserved, FIRST_METRICS_PORT),
      dockerHost: deps.dockerHost,
      createdAt: new Date(deps.clock.now()).toISOString(),
    },
    deps.vigilHome,
  );
}

function networkPlan(record: ClusterRecord, vigilHome: string): NetworkPlan {
  return {
    cluster: record.name,
    name: record.network,
    bridge: record.bridge,
    subnet: record.podSubnet,
    gateway: gatewayOf(record.podSubnet),
    home: vigilHome,
    masquerade: true,
  };
}

function writeConfigs(home: ClusterHome, record: ClusterRecord, deps: UpDeps): void {
  const write = (folder: string, config: unknown) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  };
  for (const folder of [home.run, home.logs, home.logStore]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  write(home.controlPlane, controlPlaneConfig(deps.launch.root, home, record));
  for (const node of record.nodes) write(home.node(node.name), agentConfig(home, record, node, record.dockerHost));
  for (const [folder, config] of shipperConfigs(home, record)) write(folder, config);
  writeFileSync(home.kubeconfig, kubeconfigText(record.name, apiServerURL(record), home.pki), { mode: 0o600 });
}

async function startControlPlane(record: ClusterRecord, processes: Processes, deps: UpDeps): Promise<void> {
  await deps.progress.step('control plane', async () => {
    processes.start(controlPlanePlan(deps.launch, deps.home));
    processes.startLogBound(deps.launch.env);
    await explained([controlPlaneProcess], deps.home, deps.signal, () =>
      waitForApi(apiServerURL(record), deps.home, deps.clock, deps.signal),
    );
    return { detail: apiServerURL(record), value: undefined };
  });
}

/** When patience runs out, says what the processes that were waited for wrote last. */
async function explained(
  names: readonly string[],
  home: ClusterHome,
  patience: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!patience.aborted) throw error;
    const said = names.map((name) => lastLogLines(join(home.logs, `${name}.log`))).filter((text) => text !== '');
    throw new VigilError('NOT_READY', 'terminal', [`${names.join(', ')}: ${messageOf(error)}`, ...said].join('\n'), {
      cause: error,
    });
  }
}
