import type { Clock } from '../../../lib/clock.ts';
import { VigilError } from '../../../lib/errors.ts';
import { flowSchemas, priorityLevelConfigurations, type ResourceType } from '../../../lib/kube/resources.ts';
import { tooManyRequests } from '../../../lib/kube/status-errors.ts';
import type { FlowSchema, KubeObject, PriorityLevelConfiguration } from '../../../lib/kube/types.ts';
import { mandatoryFlowSchemas, mandatoryPriorityLevels } from '../../registry/flow-control-defaults.ts';
import type { Registry } from '../../registry/registry.ts';
import type { User } from '../extension.ts';
import type { RequestInfo } from '../request-info.ts';
import { FlowStats, type Refusal } from './flow-stats.ts';
import { distinguisherOf, inMatchingOrder, schemaMatches } from './flow-rules.ts';
import { PriorityLevel } from './priority-level.ts';
import { seatLimits } from './seat-limits.ts';
import { SeatPool } from './seat-pool.ts';
import { Turn, type Flow } from './turn.ts';

/** Requests that are worked at a time, in all: upstream's 400 reads and 200 writes. */
const SERVER_SEATS = 600;
/** A request that has not begun by then, a quarter of what it has in all, is refused. */
const MAX_WAIT_MS = 15_000;
/** Of what has waited, so much is begun before the event loop looks at what has arrived meanwhile: a few long lists, or some milliseconds of short requests. */
const SEATS_A_ROUND = 16;
/** What is remembered of one user: kinds of requests, by verb, resource and namespace. */
const MAX_KINDS_OF_USER = 512;
/** Flows that are remembered. Beyond it they are found again. */
const MAX_FLOWS = 10_000;

/**
 * API priority and fairness: says of each request which flow it belongs to and when it may be worked. Levels have seats of their own, so that one that is flooded
 * leaves the others theirs; within a level the flows' queues take turns. Follows the FlowSchemas and PriorityLevelConfigurations of the registry.
 */
export class FlowControl {
  readonly pool = new SeatPool();
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #levels = new Map<string, PriorityLevel<Turn>>();
  readonly #stats = new Map<string, FlowStats>();
  readonly #flows = new Map<string, Flow>();
  #schemas: readonly FlowSchema[] = [];
  #kinds = new WeakMap<User, Map<string, Flow>>();
  #waiting = 0;
  /** Seats that were given to what has waited since the event loop came round last. */
  #begunInRound = 0;
  #isNextRoundDue = false;

  constructor(registry: Registry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
    this.#configure([], []);
  }

  get levels(): Iterable<PriorityLevel<Turn>> {
    return this.#levels.values();
  }

  get stats(): Iterable<FlowStats> {
    return this.#stats.values();
  }

  /** Takes up what is stored and follows it. Call when the registry has started. */
  start(): void {
    const caches = [flowSchemas, priorityLevelConfigurations].map((type) => this.#registry.of(type).cache);
    for (const cache of caches) {
      cache.follow(({ type, entry, previous }) => {
        const isSameSpec =
          type === 'MODIFIED' && previous?.object.metadata.generation === entry.object.metadata.generation;
        if (!isSameSpec) this.#takeUp();
      });
    }
    this.#takeUp();
  }

  /** The flow that a request belongs to. */
  classify(user: User, info: RequestInfo): Flow {
    let known = this.#kinds.get(user);
    if (!known) this.#kinds.set(user, (known = new Map()));
    const key =
      info.kind === 'path'
        ? `${info.verb} ${info.path}`
        : `${info.verb} ${info.group}/${info.resource}/${info.subresource ?? ''} ${info.namespace ?? ''}`;
    const found = known.get(key);
    if (found) return found;
    const flow = this.#find(user, info);
    if (known.size >= MAX_KINDS_OF_USER) known.clear();
    known.set(key, flow);
    return flow;
  }

  /** A turn for a request of a flow, which may have to wait for it (`ready`). Throws 429. Call `end` when the request has ended, or is no longer wanted. */
  enter(flow: Flow, seats: number): Turn {
    const { level, stats } = flow;
    const nowMs = this.#clock.monotonicMs();
    if (level.isExempt) {
      const turn = new Turn(flow, seats, undefined, nowMs);
      this.#begin(turn);
      return turn;
    }
    const { queues, queuing } = level;
    const queue = queues.leastBurdened(flow.hand);
    const turn = new Turn(flow, seats, queue, nowMs);
    if (queues.waitingCount === 0 && this.pool.mayTake(level.share, seats)) {
      stats.waitedAndRan.observe(0);
      this.#begin(turn);
      return turn;
    }
    if (!queuing) throw this.#refused(turn, 'concurrency-limit');
    if (queue.waiting.length >= queuing.lengthLimit) throw this.#refused(turn, 'queue-full');
    turn.wait(this.#clock.after(MAX_WAIT_MS, () => this.#leaveQueue(turn, 'time-out')));
    queues.enqueue(queue, turn);
    stats.waiting++;
    this.#waiting++;
    return turn;
  }

  /** Ends a turn, whatever it is doing. Once is enough, more does no harm. */
  end(turn: Turn): void {
    if (turn.state === 'waiting') this.#leaveQueue(turn, 'cancelled');
    if (turn.state !== 'running') return;
    turn.state = 'over';
    const { flow, seats, queue } = turn;
    const { level, stats } = flow;
    const tookMs = this.#clock.monotonicMs() - turn.sinceMs;
    stats.executing--;
    stats.executingSeats -= seats;
    stats.ran.observe(tookMs / 1000);
    if (!queue) return;
    level.queues.end(queue, seats, tookMs);
    this.pool.giveBack(level.share, seats);
    if (this.#waiting > 0) this.#dispatch();
    if (level.isRetired && level.isIdle) this.#takeUp();
  }

  #begin(turn: Turn): void {
    const { flow, seats, queue } = turn;
    if (queue) {
      flow.level.queues.begin(queue, seats);
      this.pool.take(flow.level.share, seats);
    }
    flow.stats.dispatched++;
    flow.stats.executing++;
    flow.stats.executingSeats += seats;
  }

  /** Begins what waits for as long as there are seats for it: of the levels that could, always the one that uses the smallest part of its own. */
  #dispatch(): void {
    while (this.#waiting > 0) {
      if (this.#begunInRound >= SEATS_A_ROUND) return;
      let turn: Turn | undefined;
      let least = Number.POSITIVE_INFINITY;
      for (const level of this.#levels.values()) {
        if (level.queues.waitingCount === 0) continue;
        const { limits, used } = level.share;
        const usedPart = used / Math.max(1, limits.nominal);
        if (usedPart >= least) continue;
        const next = level.queues.next()?.item;
        if (!next || !this.pool.mayTake(level.share, next.seats)) continue;
        turn = next;
        least = usedPart;
      }
      if (!turn) return;
      const { stats } = turn.flow;
      const nowMs = this.#clock.monotonicMs();
      stats.waitedAndRan.observe((nowMs - turn.sinceMs) / 1000);
      this.#takeOut(turn);
      turn.state = 'running';
      turn.sinceMs = nowMs;
      this.#begin(turn);
      turn.begin();
      this.#begunInRound += turn.seats;
      this.#dispatchInNextRound();
    }
  }

  /** Whatever arrives at other levels must not wait until all that could be begun here has been worked: there is one thread. */
  #dispatchInNextRound(): void {
    if (this.#isNextRoundDue) return;
    this.#isNextRoundDue = true;
    setImmediate(() => {
      this.#isNextRoundDue = false;
      this.#begunInRound = 0;
      this.#dispatch();
    });
  }

  #leaveQueue(turn: Turn, why: Refusal): void {
    if (turn.state !== 'waiting') return;
    turn.flow.stats.waitedInVain.observe((this.#clock.monotonicMs() - turn.sinceMs) / 1000);
    this.#takeOut(turn);
    turn.refuse(this.#refused(turn, why));
    // What it kept from going may be narrower.
    this.#dispatch();
  }

  #takeOut(turn: Turn): void {
    if (!turn.queue || !turn.flow.level.queues.remove(turn.queue, turn)) return;
    turn.flow.stats.waiting--;
    this.#waiting--;
  }

  #refused(turn: Turn, why: Refusal): Error {
    turn.state = 'over';
    turn.flow.stats.refused[why]++;
    const seconds = turn.flow.level.retryAfter.refuse(this.#clock.monotonicMs());
    return tooManyRequests('Too many requests, please try again later.', seconds);
  }

  #find(user: User, info: RequestInfo): Flow {
    const schema = this.#schemas.find((one) => schemaMatches(one, user, info)) ?? this.#schemas.at(-1);
    const name = schema?.metadata?.name ?? '';
    const levelName = schema?.spec?.priorityLevelConfiguration.name ?? '';
    const distinguisher = schema ? distinguisherOf(schema, user, info) : '';
    const key = `${name}\n${distinguisher}`;
    const known = this.#flows.get(key);
    if (known) return known;
    const level = this.#levels.get(levelName);
    if (!level)
      throw new VigilError('NO_PRIORITY_LEVEL', 'bug', `the level ${levelName} of schema ${name} is not there`);
    const flow: Flow = {
      schema: name,
      schemaUid: schema?.metadata?.uid ?? '',
      level,
      hand: level.handOf(name, distinguisher),
      stats: this.#statsOf(levelName, name),
    };
    if (this.#flows.size >= MAX_FLOWS) this.#flows.clear();
    this.#flows.set(key, flow);
    return flow;
  }

  #statsOf(level: string, schema: string): FlowStats {
    const key = `${level}\n${schema}`;
    const known = this.#stats.get(key);
    if (known) return known;
    const stats = new FlowStats(level, schema);
    this.#stats.set(key, stats);
    return stats;
  }

  #takeUp(): void {
    const all = <T extends KubeObject>(type: ResourceType<T>): T[] =>
      [...this.#registry.of(type).cache.all()].map(({ object }) => object as KubeObject as T);
    this.#configure(all(flowSchemas), all(priorityLevelConfigurations));
  }

  /** From now on requests are told apart and shared out by these, and by the mandatory ones where they are missing. */
  #configure(givenSchemas: readonly FlowSchema[], givenLevels: readonly PriorityLevelConfiguration[]): void {
    const levels = withMissing(givenLevels, mandatoryPriorityLevels);
    const present = new Set(levels.map(({ metadata }) => metadata?.name ?? ''));
    for (const [name, level] of this.#levels) {
      if (present.has(name)) continue;
      level.isRetired = true;
      if (level.isIdle) this.#levels.delete(name);
      else levels.push(level.config);
    }
    const limits = seatLimits(levels, SERVER_SEATS);
    for (const config of levels) {
      const name = config.metadata?.name ?? '';
      const own = limits.get(name) ?? { nominal: 0, lower: 0, upper: 0 };
      const level = this.#levels.get(name);
      if (level) {
        level.configure(config, own);
        level.isRetired = !present.has(name);
      } else this.#levels.set(name, new PriorityLevel<Turn>(config, own));
    }
    this.pool.setShares([...this.#levels.values()].map(({ share }) => share));
    this.#schemas = inMatchingOrder(withMissing(givenSchemas, mandatoryFlowSchemas)).filter(({ spec }) =>
      present.has(spec?.priorityLevelConfiguration.name ?? ''),
    );
    this.#kinds = new WeakMap();
    this.#flows.clear();
    this.#forgetStats(new Set(this.#schemas.map(({ metadata }) => metadata?.name ?? '')));
    this.#dispatch();
  }

  /** Names come and go; their counts are kept for as long as they are in use. */
  #forgetStats(schemas: ReadonlySet<string>): void {
    for (const [key, stats] of this.#stats) if (stats.isIdle && !schemas.has(stats.schema)) this.#stats.delete(key);
  }
}

function withMissing<T extends KubeObject>(given: readonly T[], mandatory: readonly T[]): T[] {
  const names = new Set(given.map(({ metadata }) => metadata?.name));
  return [...given, ...mandatory.filter(({ metadata }) => !names.has(metadata?.name))];
}
