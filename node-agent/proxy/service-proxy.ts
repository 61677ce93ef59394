import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { NodeAgentConfig } from '../../lib/config/node-agent.ts';
import { messageOf, VigilError } from '../../lib/errors.ts';
import type { EndpointSlice, Node, Service } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';
import type { Commands } from '../network/commands.ts';
import { bridgeNetfilterEnabled } from '../network/node-network.ts';
import type { ObjectCache } from '../network/object-cache.ts';
import { letPodsReachThemselves } from './hairpin.ts';
import { routesOf, type ServiceRoute } from './routes.ts';
import { removalOf, rulesFor } from './rules.ts';
import { staleFlows } from './stale-flows.ts';

export interface ServiceProxyOptions {
  readonly config: Pick<NodeAgentConfig, 'nftTable' | 'network' | 'serviceSubnet'>;
  readonly services: ObjectCache<Service>;
  readonly slices: ObjectCache<EndpointSlice>;
  readonly nodes: ObjectCache<Node>;
  readonly commands: Commands;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Changes that come together are written together; short enough for rules to follow an endpoint within 50 ms. */
const COALESCE_MS = 10;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;
/** Programs run after one change; beyond it flows end by themselves. */
const MAX_STALE_FLOWS = 64;
/** How often to look whether somebody took our table away. */
const CHECK_PERIOD_MS = 30_000;

/**
 * Keeps the nftables table of Services equal to the API. Nothing is written before all informers have synced, and nothing when the rules are as they were written
 * last. `stop` leaves the rules in place, so that connections outlive the agent; `removeRules` takes them away.
 *
 *     const informers = new SharedInformers({ client, clock, log });
 *     const proxy = new ServiceProxy({ config, services: informers.of(services), slices: informers.of(endpointSlices), nodes: informers.of(nodes),
 *       commands: new SystemCommands(), clock, log });
 */
export class ServiceProxy implements Component {
  readonly name = 'service proxy';
  readonly #options: ServiceProxyOptions;
  readonly #stop = new AbortController();
  readonly #unsubscribe: (() => void)[] = [];
  #running: Promise<void> = Promise.resolve();
  #written: string | undefined;
  #routes: readonly ServiceRoute[] = [];
  #isDirty = true;
  #wake: (() => void) | undefined;

  constructor(options: ServiceProxyOptions) {
    this.#options = options;
    if (!/^[a-z][a-z0-9_-]{0,63}$/i.test(options.config.nftTable))
      throw new VigilError('NFT_TABLE_INVALID', 'invalid', `${options.config.nftTable} is no name for a table`);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { services, slices, nodes } = this.#options;
    const changed = () => this.#markDirty();
    this.#unsubscribe.push(services.onChange(changed), slices.onChange(changed));
    // Heartbeats change nodes all the time; only their addresses matter here.
    this.#unsubscribe.push(
      nodes.onChange((type, node, old) => {
        if (type !== 'MODIFIED' || addressesOf(node) !== addressesOf(old)) changed();
      }),
    );
    this.#running = this.#run(AbortSignal.any([signal, this.#stop.signal]));
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#stop.abort(new Error('stopped'));
    await this.#running;
  }

  /** Takes the table away; for the end of the cluster. */
  async removeRules(signal: AbortSignal): Promise<void> {
    await this.#options.commands.run('nft', ['-f', '-'], { input: removalOf(this.#options.config.nftTable), signal });
    this.#written = undefined;
  }

  #markDirty(): void {
    this.#isDirty = true;
    this.#wake?.();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { services, slices, nodes, clock, log } = this.#options;
    let retryMs = FIRST_RETRY_MS;
    try {
      await Promise.all([services, slices, nodes].map((informer) => informer.whenSynced(signal)));
      for (;;) {
        if (!this.#isDirty) await this.#changeOrCheck(signal);
        await clock.sleep(COALESCE_MS, signal);
        this.#isDirty = false;
        try {
          await this.#sync(signal);
          retryMs = FIRST_RETRY_MS;
        } catch (error) {
          signal.throwIfAborted();
          log.warn({ reason: messageOf(error), retryMs }, 'service rules could not be written');
          await clock.sleep(retryMs, signal);
          retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
          this.#isDirty = true;
        }
      }
    } catch (error) {
      if (!signal.aborted) log.error({ err: error }, 'service proxy ended');
    }
  }

  /** Waits for a change; on the way looks now and then whether the table is still there. */
  async #changeOrCheck(signal: AbortSignal): Promise<void> {
    const { clock, commands, config } = this.#options;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const timer = new AbortController();
    const checkDue = clock.sleep(CHECK_PERIOD_MS, AbortSignal.any([signal, timer.signal])).then(
      () => true,
      () => false,
    );
    const isCheck = await Promise.race([woken.then(() => false), checkDue]);
    this.#wake = undefined;
    timer.abort();
    signal.throwIfAborted();
    if (!isCheck) return;
    const isThere = await commands.run('nft', ['-t', 'list', 'table', 'ip', config.nftTable], { signal }).then(
      () => true,
      () => false,
    );
    if (!isThere) this.#written = undefined;
  }

  async #sync(signal: AbortSignal): Promise<void> {
    const { services, slices, nodes, config, commands, clock, log } = this.#options;
    const bridgeNetfilter = await bridgeNetfilterEnabled();
    const text = rulesFor({
      services: services.list(),
      slices: slices.list(),
      nodes: nodes.list(),
      table: config.nftTable,
      podSubnet: config.network.subnet,
      serviceSubnet: config.serviceSubnet,
      bridgeNetfilter,
    });
    if (text === this.#written) return;
    const routes = routesOf(services.list(), slices.list());
    const startedMs = clock.monotonicMs();
    await commands.run('nft', ['-f', '-'], { input: text, signal });
    this.#written = text;
    log.debug({ sizeBytes: text.length, tookMs: Math.round(clock.monotonicMs() - startedMs) }, 'service rules written');
    await this.#forgetStaleFlows(routes, signal);
    // A pod becomes an endpoint after its port on the bridge exists, so each write is the moment to see to it.
    if (bridgeNetfilter) await letPodsReachThemselves(config.network.bridge, commands, signal);
  }

  async #forgetStaleFlows(routes: readonly ServiceRoute[], signal: AbortSignal): Promise<void> {
    const stale = staleFlows(this.#routes, routes).slice(0, MAX_STALE_FLOWS);
    this.#routes = routes;
    for (const { address, backend } of stale) {
      const args = ['-D', '-p', 'udp', '--orig-dst', address, '--reply-src', backend];
      // It fails when there is no such flow, and on machines without the program flows end when the client pauses for 30 s.
      await this.#options.commands.run('conntrack', args, { signal }).catch(() => undefined);
    }
  }
}

function addressesOf(node: Node | undefined): string {
  return JSON.stringify([node?.status?.addresses, node?.spec?.podCIDR]);
}
