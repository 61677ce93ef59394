import type { PriorityLevelConfiguration } from '../../../lib/kube/types.ts';
import { FairQueues, type Queued } from './fair-queues.ts';
import { RetryAfter } from './retry-after.ts';
import type { SeatLimits } from './seat-limits.ts';
import type { SeatShare } from './seat-pool.ts';
import { dealHand, flowHash } from './shuffle-shard.ts';

/** How a level queues. */
interface Queuing {
  readonly queues: number;
  readonly handSize: number;
  readonly lengthLimit: number;
}

/** A priority level at work: its configuration, which may change while requests wait in it, its queues and the seats that it uses. */
export class PriorityLevel<T extends Queued> {
  readonly name: string;
  readonly queues = new FairQueues<T>();
  readonly share: SeatShare;
  readonly retryAfter = new RetryAfter();
  #config: PriorityLevelConfiguration;
  #queuing: Queuing | undefined;
  /** Its object is gone, and it waits for its last requests. */
  isRetired = false;

  constructor(config: PriorityLevelConfiguration, limits: SeatLimits) {
    this.name = config.metadata?.name ?? '';
    this.share = { limits, used: 0 };
    this.#config = config;
    this.configure(config, limits);
  }

  get config(): PriorityLevelConfiguration {
    return this.#config;
  }

  get uid(): string {
    return this.#config.metadata?.uid ?? '';
  }

  get isExempt(): boolean {
    return this.#config.spec?.type === 'Exempt';
  }

  /** Absent where requests beyond the limit are refused at once. */
  get queuing(): Queuing | undefined {
    return this.#queuing;
  }

  get isIdle(): boolean {
    return this.share.used === 0 && this.queues.waitingCount === 0;
  }

  /** Requests that wait stay where they are; new ones are dealt to as many queues as there are now. */
  configure(config: PriorityLevelConfiguration, limits: SeatLimits): void {
    this.#config = config;
    this.share.limits = limits;
    const { type, queuing } = config.spec?.limited?.limitResponse ?? {};
    const { queues = 1, handSize = 1, queueLengthLimit = 0 } = queuing ?? {};
    this.#queuing = type === 'Queue' ? { queues, handSize, lengthLimit: queueLengthLimit } : undefined;
  }

  /** The queues of a flow. */
  handOf(schema: string, distinguisher: string): readonly number[] {
    if (!this.#queuing) return [0];
    return dealHand(flowHash(schema, distinguisher), this.#queuing.queues, this.#queuing.handSize);
  }
}
