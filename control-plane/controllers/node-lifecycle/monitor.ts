import type { Component } from '../../../lib/component.ts';
import { isConflict, isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { leases, nodes, pods } from '../../../lib/kube/resources.ts';
import type { Lease, Node, Pod } from '../../../lib/kube/types.ts';
import { nodeLeaseNamespace } from '../../../lib/names.ts';
import type { ControllerDeps } from '../deps.ts';
import { indexByNode, podsOn } from '../pods-by-node.ts';
import { disruptionOf, EvictionBrake, type Disruption } from './brake.ts';
import type { Heartbeats } from './heartbeats.ts';
import { notReadyStatus } from './lost-pods.ts';
import { planNode, planTaints, readinessOf, type Readiness } from './plan.ts';

/** Nodes judged at the same time. */
const WORKERS = 4;
/** A pulse that comes this many periods late means that this process stood still, not that the nodes did. */
const STALL_PERIODS = 3;
/** So many missed renewals make a node late: more than one may be lost to a busy machine. */
const LATE_RENEWALS = 2.5;

/** Judges nodes by their heartbeats: conditions, taints, and the readiness of their pods. */
export class NodeMonitor implements Component {
  readonly name = 'node-lifecycle';
  readonly #deps: ControllerDeps;
  readonly #events: EventRecorder;
  readonly #nodes: Informer<Node>;
  readonly #leases: Informer<Lease>;
  readonly #pods: Informer<Pod>;
  readonly #heartbeats: Heartbeats;
  readonly #brake: EvictionBrake;
  readonly #controller: Controller;
  /** Nodes whose pods may be told to leave, since they went down. */
  readonly #evicting = new Set<string>();
  readonly #known = new Set<string>();
  #disruption: Disruption = 'normal';
  #cancelPulse: (() => void) | undefined;
  #lastPulseMs = 0;

  constructor(deps: ControllerDeps, heartbeats: Heartbeats) {
    this.#deps = deps;
    this.#events = deps.eventsOf('node-controller');
    this.#heartbeats = heartbeats;
    this.#brake = new EvictionBrake(deps.profile);
    this.#nodes = deps.informers.of(nodes);
    this.#leases = deps.informers.of(leases);
    this.#pods = deps.informers.of(pods);
    indexByNode(this.#pods);
    this.#controller = new Controller({
      name: this.name,
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#nodes, this.#leases, this.#pods],
      workers: WORKERS,
    });
    this.#leases.onChange((type, lease) => {
      if (type !== 'DELETED' && lease.metadata?.namespace === nodeLeaseNamespace) heartbeats.sawLease(lease);
    });
    this.#nodes.onChange((type, node, old) => this.#onNode(type === 'DELETED', node, old));
    this.#pods.onChange((type, pod) => {
      // A pod that came, or was written by its agent, after its node went down is marked too.
      const node = this.#nodes.get(pod.spec?.nodeName ?? '');
      if (type !== 'DELETED' && node && readinessOf(node) !== 'True')
        this.#controller.enqueue(pod.spec?.nodeName ?? '');
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#lastPulseMs = this.#deps.clock.monotonicMs();
    this.#pulse();
    await this.#controller.start(signal);
  }

  async stop(): Promise<void> {
    this.#cancelPulse?.();
    await this.#controller.stop();
  }

  #onNode(deleted: boolean, node: Node, old: Node | undefined): void {
    const name = node.metadata?.name ?? '';
    if (deleted) {
      this.#heartbeats.forget(name);
      this.#evicting.delete(name);
      this.#known.delete(name);
      this.#event(node, 'Normal', 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
    } else {
      this.#heartbeats.sawNode(node);
      if (!this.#known.has(name)) {
        this.#known.add(name);
        this.#event(node, 'Normal', 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
      }
      if (old && readinessOf(old) === readinessOf(node) && sameSpec(old, node)) return;
      this.#controller.enqueue(name);
    }
    this.#weighDisruption();
  }

  #pulse(): void {
    this.#forgiveStall();
    this.#cancelPulse = this.#deps.clock.after(this.#deps.profile.nodeMonitorPeriodMs, () => this.#pulse());
  }

  /**
   * Notices that this process itself stood still (the machine slept, the event loop hung): its silence is not the nodes'. Asked before each judgement too, for after
   * a standstill that may come before the pulse.
   */
  #forgiveStall(): void {
    const { clock, profile, log } = this.#deps;
    const lateMs = clock.monotonicMs() - this.#lastPulseMs - profile.nodeMonitorPeriodMs;
    if (lateMs > profile.nodeMonitorPeriodMs * (STALL_PERIODS - 1)) {
      log.warn({ lateMs: Math.round(lateMs) }, 'the node monitor stood still; nodes are given that time');
      this.#heartbeats.forgive(lateMs);
    }
    this.#lastPulseMs = clock.monotonicMs();
  }

  /** When the whole changes, every node that is down is looked at again. */
  #weighDisruption(): void {
    const all = this.#nodes.list();
    const down = all.filter((node) => this.#isDownOrLate(node));
    const disruption = disruptionOf(down.length, all.length, this.#deps.profile);
    if (disruption === this.#disruption) return;
    this.#deps.log.info({ down: down.length, all: all.length, disruption }, 'the disruption of nodes changed');
    this.#disruption = disruption;
    for (const node of down) this.#controller.enqueue(node.metadata?.name ?? '');
  }

  /** Nodes that fall silent together are judged a moment apart: those that are late count as down, so that the first of them does not slip through the brake. */
  #isDownOrLate(node: Node): boolean {
    const lateMs = this.#deps.profile.leaseRenewMs * LATE_RENEWALS;
    return readinessOf(node) !== 'True' || this.#heartbeats.ageMs(node.metadata?.name ?? '') > lateMs;
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number | undefined } | undefined> {
    const node = this.#nodes.get(name);
    if (!node) return undefined;
    const { clock, profile, client } = this.#deps;
    this.#forgiveStall();
    const plan = planNode(node, this.#heartbeats.ageMs(name), profile, clock.now());
    try {
      let latest = node;
      if (plan.conditions) {
        const next = { ...node, status: { ...node.status, conditions: [...plan.conditions] } };
        latest = await client.update(nodes, next, { subresource: 'status' }, signal);
        this.#event(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
      }
      const waitMs = this.#admit(name, plan.readiness);
      const taints = planTaints(latest, plan.readiness, this.#evicting.has(name), clock.now());
      if (taints) await client.update(nodes, { ...latest, spec: { ...latest.spec, taints } }, {}, signal);
      if (plan.readiness !== 'True') await this.#markPods(name, plan.readiness === 'Unknown', signal);
      return { requeueAfterMs: plan.lookAgainAfterMs ?? waitMs };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Asks the brake about a node that is down; when it may not be evicted yet, how long to wait. */
  #admit(name: string, readiness: Readiness): number | undefined {
    this.#weighDisruption();
    if (readiness === 'True' || this.#disruption === 'full') {
      this.#evicting.delete(name);
      return undefined;
    }
    if (this.#evicting.has(name)) return undefined;
    const waitMs = this.#brake.admit(this.#disruption, this.#deps.clock.monotonicMs());
    if (waitMs === 0) this.#evicting.add(name);
    return waitMs === 0 ? undefined : waitMs;
  }

  async #markPods(name: string, lost: boolean, signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#deps;
    for (const pod of podsOn(this.#pods, name)) {
      const status = notReadyStatus(pod, name, lost, clock.now());
      if (!status) continue;
      try {
        await client.update(pods, { ...pod, status }, { subresource: 'status' }, signal);
        const subject = { resource: pods, object: pod };
        this.#events.event(subject, 'Warning', 'NodeNotReady', 'Node is not ready');
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
    }
  }

  #event(node: Node, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.event({ resource: nodes, object: node }, type, reason, message);
  }
}

function sameSpec(a: Node, b: Node): boolean {
  const facts = (node: Node) =>
    JSON.stringify([
      node.spec?.taints,
      node.spec?.unschedulable,
      node.status?.conditions?.map(({ type, status }) => [type, status]),
    ]);
  return facts(a) === facts(b);
}
