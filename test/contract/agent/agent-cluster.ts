import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../../lib/clock.ts';
import type { NodeAgentConfig } from '../../../lib/config/node-agent.ts';
import type { KubeClient } from '../../../lib/kube/client.ts';
import { HttpKubeClient } from '../../../lib/kube/http-client.ts';
import { nodes, pods, serviceAccounts } from '../../../lib/kube/resources.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import { issueCertificate, writeKeyPair } from '../../../lib/pki.ts';
import { eventually } from '../../support/eventually.ts';
import { ownNumber } from '../../support/own-number.ts';
import { runProgram } from '../../support/run-program.ts';
import { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { ensureImages, pauseImage } from './images.ts';

const agentMain = join(import.meta.dirname, '../../../node-agent/main.ts');

/** Of the test's own, so that runs beside each other and beside clusters do not meet. */
const block = 64 + (await ownNumber('agent-subnet', 48));
const name = `agent-${process.pid}`;

export const dockerHost = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';

/** A control plane and one node agent, both real processes, on the machine's Docker engine. */
export class AgentCluster {
  readonly clusterName = name;
  readonly nodeName = 'node-1';
  readonly nodeIP = `10.${block}.1.1`;
  readonly controlPlane: ControlPlaneProcess;
  #client: HttpKubeClient | undefined;
  #agent: ChildProcess | undefined;

  private constructor(controlPlane: ControlPlaneProcess) {
    this.controlPlane = controlPlane;
  }

  static async start(): Promise<AgentCluster> {
    await ensureImages();
    const serviceSubnet = `10.${block + 64}.0.0/16`;
    const controlPlane = await ControlPlaneProcess.create('sqlite', {
      clusterName: name,
      podSubnet: `10.${block}.0.0/16`,
      serviceSubnet,
      kubernetesServiceIP: `10.${block + 64}.0.1`,
    });
    const cluster = new AgentCluster(controlPlane);
    try {
      await controlPlane.start();
      await cluster.#writeAgentConfig(serviceSubnet);
      await cluster.startAgent();
      await eventually('the node is Ready', () => cluster.isNodeReady());
      await eventually('the default service account is there', () =>
        cluster.client.get(serviceAccounts, { namespace: 'default', name: 'default' }),
      );
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get client(): KubeClient {
    if (!this.#client) throw new Error('the control plane does not run');
    return this.#client;
  }

  get http(): HttpKubeClient {
    if (!this.#client) throw new Error('the control plane does not run');
    return this.#client;
  }

  get dir(): string {
    return join(this.controlPlane.dir, 'node');
  }

  async startAgent(): Promise<void> {
    const child = spawn(process.execPath, [agentMain, '--config', join(this.dir, 'config.json')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.pipe(createWriteStream(join(this.dir, 'agent.log'), { flags: 'a' }));
    this.#agent = child;
    const { cert, key } = await this.controlPlane.identity('admin');
    this.#client ??= new HttpKubeClient({
      server: this.controlPlane.url,
      ca: this.controlPlane.ca.cert,
      cert,
      key,
      clock: new SystemClock(),
    });
  }

  get agentPid(): number | undefined {
    return this.#agent?.pid;
  }

  /** Resolves when the process is gone; its containers stay. */
  async killAgent(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    const child = this.#agent;
    this.#agent = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    await gone;
  }

  agentLog(): Promise<string> {
    return readFile(join(this.dir, 'agent.log'), 'utf8');
  }

  async isNodeReady(): Promise<boolean> {
    const node = await this.client.get(nodes, { name: this.nodeName });
    return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  }

  /** A pod on the node; `container` is the only one. */
  async run(podName: string, spec: Partial<NonNullable<Pod['spec']>>, meta: Pod['metadata'] = {}): Promise<Pod> {
    return this.client.create(pods, {
      metadata: { name: podName, namespace: 'default', ...meta },
      spec: { containers: [], terminationGracePeriodSeconds: 1, ...spec },
    });
  }

  pod(podName: string): Promise<Pod> {
    return this.client.get(pods, { namespace: 'default', name: podName });
  }

  /** Waits until the pod is as `is` says. */
  async until(what: string, podName: string, is: (pod: Pod) => boolean, withinMs = 30_000): Promise<Pod> {
    let last: Pod | undefined;
    try {
      return await eventually(
        what,
        async () => {
          last = await this.pod(podName);
          return is(last) ? last : undefined;
        },
        withinMs,
      );
    } catch (error) {
      throw new Error(`${what}; the pod's status is ${JSON.stringify(last?.status, null, 1)}`, { cause: error });
    }
  }

  async logs(podName: string, query = ''): Promise<string> {
    const answer = await this.http.stream({ path: `/api/v1/namespaces/default/pods/${podName}/log${query}` });
    let text = '';
    for await (const chunk of answer.body) text += String(chunk);
    return text;
  }

  /** The log as it grows, to its end. */
  async follow(podName: string, hear: (text: string) => void): Promise<void> {
    const path = `/api/v1/namespaces/default/pods/${podName}/log?follow=true`;
    for await (const chunk of (await this.http.stream({ path })).body) hear(String(chunk));
  }

  async stop(): Promise<void> {
    await this.killAgent();
    this.#client?.close();
    await this.controlPlane.kill('SIGKILL');
    const ids = await runProgram('docker', ['ps', '-aq', '--filter', `label=dev.vigil.cluster=${name}`]);
    const found = ids.stdout.split('\n').filter(Boolean);
    if (found.length > 0) await runProgram('docker', ['rm', '-f', ...found]);
    await runProgram('docker', ['network', 'rm', name]);
    await runProgram('nft', ['delete', 'table', 'ip', name]);
    await this.#removeForwardRules();
    const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
    for (const path of mounts.filter((mount) => mount.startsWith(this.dir))) await runProgram('umount', [path]);
    await this.controlPlane.remove();
  }

  async #removeForwardRules(): Promise<void> {
    const rules = await runProgram('iptables', ['-S']);
    const jump = rules.stdout.split('\n').find((line) => line.startsWith('-A ') && line.endsWith(this.#bridge));
    const [, from, , chain] = jump?.split(' ') ?? [];
    if (!from || !chain) return;
    await runProgram('iptables', ['-D', from, '-j', chain]);
    await runProgram('iptables', ['-F', chain]);
    await runProgram('iptables', ['-X', chain]);
  }

  get #bridge(): string {
    return `vgt-${process.pid}`;
  }

  async #writeAgentConfig(serviceSubnet: string): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    const pair = await issueCertificate(this.controlPlane.ca, {
      commonName: `system:node:${this.nodeName}`,
      organizations: ['system:nodes'],
      dnsNames: [this.nodeName],
      ipAddresses: [this.nodeIP, '127.0.0.1'],
      usages: ['client', 'server'],
      nowMs: Date.now(),
    });
    const cert = join(this.dir, 'node.crt');
    const key = join(this.dir, 'node.key');
    await writeKeyPair(pair, cert, key);
    const config: NodeAgentConfig = {
      clusterName: name,
      nodeName: this.nodeName,
      nodeIP: this.nodeIP,
      port: 10250,
      apiServer: this.controlPlane.url,
      caCert: join(this.controlPlane.dir, 'pki/ca.crt'),
      cert,
      key,
      dockerHost,
      network: {
        name,
        bridge: this.#bridge,
        subnet: `10.${block}.0.0/16`,
        gateway: `10.${block}.0.1`,
      },
      podCIDR: `10.${block}.1.0/24`,
      serviceSubnet,
      nftTable: name,
      clusterDomain: 'cluster.local',
      stateDir: join(this.dir, 'state'),
      sourcesDir: join(this.dir, 'sources'),
      recordsDir: join(this.dir, 'records'),
      profile: 'vigil',
      pauseImage,
      logLevel: 'debug',
    };
    await writeFile(join(this.dir, 'config.json'), JSON.stringify(config));
  }
}
