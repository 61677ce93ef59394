import { createSocket } from 'node:dgram';
import { access, readFile, writeFile } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { NodeAgentConfig } from '../../lib/config/node-agent.ts';
import { messageOf, VigilError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { dockerLabels } from '../../lib/names.ts';
import type { DockerEndpoint } from '../streams/docker-endpoint.ts';
import type { Commands } from './commands.ts';
import { forwardRules } from './forward-rules.ts';
import { parseCidr, parseIPv4 } from './ipv4.ts';

export interface NodeNetworkOptions {
  readonly config: Pick<NodeAgentConfig, 'clusterName' | 'nodeIP' | 'network' | 'serviceSubnet'>;
  readonly docker: DockerEndpoint;
  readonly commands: Commands;
  readonly clock: Clock;
  readonly log: Logger;
}

interface DockerNetwork {
  readonly IPAM: { readonly Config: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null };
  readonly Options: Readonly<Record<string, string>>;
}

/** How long another agent on the same engine may take to make the network. */
const CREATE_ATTEMPTS = 20;
const CREATE_RETRY_MS = 100;
/** Nodes that share an engine, at most. */
const MAX_HOOKS = 100;
const CHECK_PERIOD_MS = 5_000;
const BRIDGE_NAME = 'com.docker.network.bridge.name';

/**
 * What a node needs of the machine before pods can run: the Docker network, the node's own address on its bridge, forwarding, and a route that takes the service
 * subnet to the bridge even where there is no default route. Every call is repeatable, and nodes that share an engine share what it makes.
 *
 *     const network = new NodeNetwork({ config, docker: new DockerEndpoint(config.dockerHost), commands: new SystemCommands(), clock, log });
 *     await network.ensure(signal);   // before anything listens on nodeIP; then among the components, first
 */
export class NodeNetwork implements Component {
  readonly name = 'node network';
  readonly #options: NodeNetworkOptions;
  readonly #stop = new AbortController();
  #watching: Promise<void> = Promise.resolve();

  constructor(options: NodeNetworkOptions) {
    this.#options = options;
  }

  /** Goes on looking whether the node still has its address, which an engine that makes its bridge anew takes away. */
  async start(signal: AbortSignal): Promise<void> {
    this.#watching = this.#watch(AbortSignal.any([signal, this.#stop.signal]));
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    await this.#watching;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { clock, config, log } = this.#options;
    while (!signal.aborted) {
      try {
        await clock.sleep(CHECK_PERIOD_MS, signal);
        if (await hasAddress(config.nodeIP)) continue;
        log.warn({ address: config.nodeIP, bridge: config.network.bridge }, 'the address of the node was gone');
        await this.ensure(signal);
      } catch (error) {
        if (!signal.aborted) log.warn({ reason: messageOf(error) }, 'the network of the node could not be restored');
      }
    }
  }

  async ensure(signal: AbortSignal): Promise<void> {
    const { config, commands, log } = this.#options;
    check(config);
    const { bridge } = config.network;
    await this.#ensureDockerNetwork(signal);
    await commands.run('ip', ['link', 'set', 'dev', bridge, 'up'], { signal });
    if (!(await hasAddress(config.nodeIP))) {
      await commands.run('ip', ['addr', 'replace', `${config.nodeIP}/32`, 'dev', bridge], { signal });
    }
    await commands.run('ip', ['route', 'replace', config.serviceSubnet, 'dev', bridge, 'scope', 'link'], { signal });
    await setSysctl('/proc/sys/net/ipv4/ip_forward', '1');
    try {
      await this.#acceptForwarded(signal);
    } catch (error) {
      log.warn(
        { reason: messageOf(error) },
        'forwarding rules could not be set; traffic from outside may not reach pods',
      );
    }
  }

  /** Removes the node's address from the bridge; the network itself goes with the cluster. */
  async removeNodeAddress(signal: AbortSignal): Promise<void> {
    const { config, commands } = this.#options;
    await commands
      .run('ip', ['addr', 'del', `${config.nodeIP}/32`, 'dev', config.network.bridge], { signal })
      .catch(() => undefined);
  }

  /** Takes the forwarding rules of this bridge away; for the end of the cluster. */
  async removeForwardRules(signal: AbortSignal): Promise<void> {
    const { commands, config } = this.#options;
    const { chain } = forwardRules(config.network.bridge);
    const succeeds = (...args: readonly string[]) =>
      commands.run('iptables', ['-w', '5', ...args], { signal }).then(
        () => true,
        () => false,
      );
    for (const parent of ['DOCKER-USER', 'FORWARD']) {
      // Agents that start together may have hooked it in once each.
      for (let count = 0; count < MAX_HOOKS && (await succeeds('-D', parent, '-j', chain)); count++);
    }
    await succeeds('-F', chain);
    await succeeds('-X', chain);
  }

  async #ensureDockerNetwork(signal: AbortSignal): Promise<void> {
    const { network, clusterName } = this.#options.config;
    if (await this.#found(signal)) return;
    try {
      await this.#options.docker.json(
        'POST',
        '/networks/create',
        {
          Name: network.name,
          CheckDuplicate: true,
          Driver: 'bridge',
          IPAM: { Driver: 'default', Config: [{ Subnet: network.subnet, Gateway: network.gateway }] },
          Options: { [BRIDGE_NAME]: network.bridge, 'com.docker.network.bridge.enable_ip_masquerade': 'true' },
          Labels: { [dockerLabels.cluster]: clusterName },
        },
        signal,
      );
    } catch (error) {
      // Another node's agent on this engine may be making it right now; its addresses are taken before its name can be seen.
      for (let attempt = 0; !(await this.#found(signal)); attempt++) {
        if (attempt === CREATE_ATTEMPTS) throw error;
        await this.#options.clock.sleep(CREATE_RETRY_MS, signal);
      }
    }
  }

  async #found(signal: AbortSignal): Promise<boolean> {
    const { network } = this.#options.config;
    let existing: DockerNetwork;
    try {
      existing = await this.#options.docker.json('GET', `/networks/${network.name}`, undefined, signal);
    } catch (error) {
      if (error instanceof VigilError && error.class === 'notFound') return false;
      throw error;
    }
    const subnet = existing.IPAM.Config?.[0]?.Subnet;
    if (subnet !== network.subnet || existing.Options[BRIDGE_NAME] !== network.bridge) {
      throw new VigilError(
        'NETWORK_MISMATCH',
        'terminal',
        `the Docker network ${network.name} exists with subnet ${subnet ?? 'none'} and bridge ${existing.Options[BRIDGE_NAME] ?? 'unnamed'}, expected ${network.subnet} and ${network.bridge}`,
      );
    }
    return true;
  }

  /** Docker drops what is forwarded to a bridge from outside; `DOCKER-USER` is the place it leaves to others. */
  async #acceptForwarded(signal: AbortSignal): Promise<void> {
    const { commands, config } = this.#options;
    const { chain, restore } = forwardRules(config.network.bridge);
    await commands.run('iptables-restore', ['-w', '5', '--noflush'], { input: restore, signal });
    const user = await commands.run('iptables', ['-w', '5', '-n', '-L', 'DOCKER-USER'], { signal }).then(
      () => 'DOCKER-USER',
      () => 'FORWARD',
    );
    try {
      await commands.run('iptables', ['-w', '5', '-C', user, '-j', chain], { signal });
    } catch {
      await commands.run('iptables', ['-w', '5', '-I', user, '-j', chain], { signal });
    }
  }
}

/** True when packets that the bridge passes from port to port go through netfilter, so that answers to redirected connections find their way back. */
export async function bridgeNetfilterEnabled(): Promise<boolean> {
  const path = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  try {
    await access(path);
    await setSysctl(path, '1');
    return (await readFile(path, 'utf8')).trim() === '1';
  } catch {
    return false;
  }
}

async function setSysctl(path: string, value: string): Promise<void> {
  if ((await readFile(path, 'utf8')).trim() !== value) await writeFile(path, value);
}

/** Asks the kernel by binding to it: lists of interfaces leave out those without a carrier, as a bridge without pods is. */
function hasAddress(address: string): Promise<boolean> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind(0, address, () => {
      socket.close();
      resolve(true);
    });
  });
}

/** These become arguments and file names: nothing but plain names and addresses passes. */
function check(config: NodeNetworkOptions['config']): void {
  const bad = (what: string, value: string) =>
    new VigilError('NETWORK_CONFIG_INVALID', 'invalid', `${what} ${JSON.stringify(value)} is not valid`);
  if (!/^[a-z][a-z0-9_.-]{0,14}$/i.test(config.network.bridge)) throw bad('bridge', config.network.bridge);
  if (!/^[a-z0-9][a-z0-9_.-]{0,127}$/i.test(config.network.name)) throw bad('network name', config.network.name);
  if (parseIPv4(config.nodeIP) === undefined) throw bad('nodeIP', config.nodeIP);
  if (!parseCidr(config.serviceSubnet)) throw bad('serviceSubnet', config.serviceSubnet);
}
