import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SystemClock } from '../../../lib/clock.ts';
import type { ControlPlaneConfig } from '../../../lib/config/control-plane.ts';
import { HttpKubeClient } from '../../../lib/kube/http-client.ts';
import { SharedInformers } from '../../../lib/kube/shared-informers.ts';
import { silentLog } from '../../../lib/log.ts';
import { profiles } from '../../../lib/profiles.ts';
import { eventually } from '../../support/eventually.ts';
import { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { HollowKubelets } from '../controllers/hollow-kubelets.ts';
import { ApiClient } from './api-client.ts';

let serial = 0;

/** A control plane as a process of its own, and nodes whose pods run without containers. */
export class ConformanceCluster {
  readonly plane: ControlPlaneProcess;
  /** As the administrator. */
  readonly api: ApiClient;
  readonly kubelets: HollowKubelets;
  readonly #nodes: readonly string[];
  readonly #stop: () => Promise<void>;

  private constructor(
    plane: ControlPlaneProcess,
    api: ApiClient,
    kubelets: HollowKubelets,
    nodes: readonly string[],
    stop: () => Promise<void>,
  ) {
    this.plane = plane;
    this.api = api;
    this.kubelets = kubelets;
    this.#nodes = nodes;
    this.#stop = stop;
  }

  static async start(
    nodes: readonly string[] = [],
    config: Partial<ControlPlaneConfig> = {},
  ): Promise<ConformanceCluster> {
    const plane = await ControlPlaneProcess.create('memory', config);
    await plane.start();
    const { cert, key } = await plane.identity('admin');
    const ca = await readFile(join(plane.dir, 'pki/ca.crt'), 'utf8');
    const api = new ApiClient({ server: plane.url, ca, cert, key });
    const clock = new SystemClock();
    const client = new HttpKubeClient({ server: plane.url, ca, cert, key, clock });
    const informers = new SharedInformers({ client, clock, log: silentLog });
    const kubelets = new HollowKubelets(client, informers, clock, profiles.vigil);
    const ending = new AbortController();
    if (nodes.length > 0) await informers.start(ending.signal);
    for (const name of nodes) await kubelets.join(name);
    return new ConformanceCluster(plane, api, kubelets, nodes, async () => {
      ending.abort(new Error('the test is over'));
      await informers.stop();
      client.close();
    });
  }

  /** A new namespace that pods can be made in. Resolves with its name. */
  async namespace(labels: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = `conformance-${++serial}`;
    await this.api.post('/api/v1/namespaces', { metadata: { name, labels } });
    await eventually('the namespace has its account', async () => {
      const account = await this.api.send('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`);
      return account.status === 200;
    });
    return name;
  }

  async stop(): Promise<void> {
    for (const name of this.#nodes) this.kubelets.kill(name);
    this.api.close();
    await this.#stop();
    await this.plane.remove();
  }
}
