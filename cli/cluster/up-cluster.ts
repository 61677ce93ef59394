import type Docker from 'dockerode';
import { VigilError } from '../../lib/errors.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import type { KubeObject } from '../../lib/kube/types.ts';
import type { HttpKubeClient } from '../../lib/kube/http-client.ts';
import { logStoreService, systemNamespace } from '../../lib/names.ts';
import { adminClient } from './api-client.ts';
import { applyObjects } from './apply-objects.ts';
import type { Wanted } from './cluster-plan.ts';
import type { ClusterRecord } from './cluster-record.ts';
import { whileAlive } from './crash-watch.ts';
import { ensureCredentials } from './credentials.ts';
import { demoObjects, demoWorkloads } from './demo-objects.ts';
import { connectDocker, engineVersion } from './engine.ts';
import { allImages } from './images/all-images.ts';
import { makeImages } from './images/make-images.ts';
import { ensureIsolatedNodes } from './isolated/isolated-nodes.ts';
import { logStoreChartObjects } from './log-store-chart.ts';
import { withMachineLock } from './machine-lock.ts';
import { apiServerURL } from './process-configs.ts';
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
import { deploymentsReady, nodesReady, statefulSetsReady } from './readiness.ts';
import { reserveCluster, type ReserveDeps } from './reserve-cluster.ts';
import { isOutside } from './store-access.ts';
import { hasEmbeddedStore, systemObjects } from './system-objects.ts';
import { waitForApi } from './wait-for-api.ts';
import { writeConfigs } from './write-configs.ts';

/** A cluster that is not Ready by then has something wrong with it. */
const READY_PATIENCE_MS = 180_000;
const DEMO_PATIENCE_MS = 60_000;

export interface UpDeps extends ReserveDeps {
  readonly launch: Launch;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Makes or completes a cluster and resolves when everything in it is Ready. */
export async function upCluster(wanted: Wanted, given: UpDeps): Promise<ClusterRecord> {
  if (wanted.nodes !== 0 && process.getuid?.() !== 0) {
    throw new VigilError(
      'NOT_ROOT',
      'forbidden',
      'nodes set up addresses, routes and nftables, which takes root: run it with sudo -E, or make a bare control plane with --nodes 0',
    );
  }
  const patience = new AbortController();
  const cancelPatience = given.clock.after(READY_PATIENCE_MS, () =>
    patience.abort(
      new VigilError(
        'NOT_READY',
        'terminal',
        `cluster "${wanted.name}" was not Ready within ${READY_PATIENCE_MS / 1000} s: ./kctl status --name ${wanted.name} and the logs in ${given.home.logs} say more`,
      ),
    ),
  );
  const deps = { ...given, signal: AbortSignal.any([given.signal, patience.signal]) };
  try {
    const docker = await connectEngine(deps);
    const record = await withMachineLock(deps.clock, deps.signal, () => reserveCluster(wanted, docker, deps));
    const processes = new Processes(deps.home, deps.launch.root, deps.clock);
    await ensureCredentials(deps.home, record, deps.clock.now());
    writeConfigs(deps.launch.root, deps.home, record);
    const client = adminClient(deps.home, record, deps.clock);
    try {
      // The API does not need the images, nor do nodes before they are given pods.
      await Promise.all([
        prepareEngines(record, docker, processes, deps),
        startControlPlane(record, client, processes, deps),
      ]);
      const chartObjects = await storeByChart(record, deps);
      await applyObjects(client, [...systemObjects(deps.home, record), ...chartObjects], 'merge', deps.signal);
      await startNodes(record, client, processes, deps);
      // After the nodes are Ready: pods that wait for the first node would all end up on it.
      if (record.demo) await applyObjects(client, demoObjects(deps.launch.root), 'leave', deps.signal);
      await waitForWorkloads(record, client, deps);
    } finally {
      client.close();
    }
    return record;
  } finally {
    cancelPatience();
  }
}

/** The objects of a store that is made by its chart; none for another. */
function storeByChart(record: ClusterRecord, deps: UpDeps): Promise<readonly KubeObject[]> {
  const { logStore } = record;
  return typeof logStore === 'object' && !isOutside(logStore)
    ? logStoreChartObjects(deps.launch.root, deps.vigilHome, deps.launch.env, record, logStore)
    : Promise.resolve([]);
}

function connectEngine(deps: UpDeps): Promise<Docker> {
  return deps.progress.step('engine', async () => {
    const docker = await connectDocker(deps.dockerHost);
    return { detail: `Docker ${await engineVersion(docker, deps.dockerHost)}`, value: docker };
  });
}

/** Images for the machine's engine, or engines with images for isolated nodes. */
async function prepareEngines(
  record: ClusterRecord,
  docker: Docker,
  processes: Processes,
  deps: UpDeps,
): Promise<void> {
  const recipes = allImages(deps.launch.root);
  if (record.isolated) {
    await deps.progress.step('machines', async () => {
      const names = await ensureIsolatedNodes(record, recipes, processes, deps);
      return { detail: `an engine and a network namespace each: ${listed(names)}`, value: undefined };
    });
    return;
  }
  if (record.nodes.length === 0) return;
  await deps.progress.step('images', async () => {
    const made = await makeImages([docker], recipes);
    return { detail: made.length > 0 ? `made ${listed(made)}` : 'vigil, demo', value: undefined };
  });
}

async function startControlPlane(
  record: ClusterRecord,
  client: HttpKubeClient,
  processes: Processes,
  deps: UpDeps,
): Promise<void> {
  await deps.progress.step('control plane', async () => {
    processes.start(controlPlanePlan(deps.launch, deps.home));
    processes.startLogBound(deps.launch.env);
    await whileAlive([controlPlaneProcess], processes, deps, (signal) => waitForApi(client, deps.clock, signal));
    return { detail: apiServerURL(record), value: undefined };
  });
}

async function startNodes(
  record: ClusterRecord,
  client: KubeClient,
  processes: Processes,
  deps: UpDeps,
): Promise<void> {
  if (record.nodes.length === 0) return;
  const names = record.nodes.map((node) => node.name);
  await deps.progress.step('nodes', async () => {
    for (const node of record.nodes) processes.start(agentPlan(deps.launch, deps.home, record, node));
    for (const plan of shipperPlans(deps.launch, deps.home, record)) processes.start(plan);
    await whileAlive(names.map(agentProcess), processes, deps, (signal) => nodesReady(client, names, signal));
    return { detail: listed(names), value: undefined };
  });
}

async function waitForWorkloads(record: ClusterRecord, client: KubeClient, deps: UpDeps): Promise<void> {
  if (record.nodes.length === 0) return;
  if (hasEmbeddedStore(record)) {
    await deps.progress.step('logs', async () => {
      await deploymentsReady(client, systemNamespace, [logStoreService.name], deps.signal);
      const address = `${logStoreService.name}.${systemNamespace}:${logStoreService.port}`;
      return { detail: `${address} (embedded store)`, value: undefined };
    });
  }
  const { logStore } = record;
  if (typeof logStore === 'object' && !isOutside(logStore)) {
    await deps.progress.step('logs', async () => {
      await statefulSetsReady(client, systemNamespace, [logStoreService.name], deps.signal);
      const address = `${logStoreService.name}.${systemNamespace}:${logStoreService.port}`;
      return { detail: `${address} (${logStore.chart})`, value: undefined };
    });
  }
  if (record.demo) {
    await deps.progress.step('demo', async () => {
      const missing = await demoReady(client, deps);
      return { detail: missing ?? demoWorkloads.join(' '), value: undefined };
    });
  }
}

/** A demo that somebody has broken since, on purpose, is no reason to fail: after a while what is wrong with it is returned instead. */
async function demoReady(client: KubeClient, deps: UpDeps): Promise<string | undefined> {
  const patience = new AbortController();
  const cancel = deps.clock.after(DEMO_PATIENCE_MS, () => patience.abort());
  try {
    await deploymentsReady(client, 'default', demoWorkloads, AbortSignal.any([deps.signal, patience.signal]));
    return undefined;
  } catch (error) {
    deps.signal.throwIfAborted();
    if (!patience.signal.aborted) throw error;
    return 'not all of it is Ready: ./kctl health says why';
  } finally {
    cancel();
  }
}

/** At most three names, and how many more there are. */
function listed(names: readonly string[]): string {
  return names.length <= 3 ? names.join(' ') : `${names.slice(0, 3).join(' ')} and ${names.length - 3} more`;
}
