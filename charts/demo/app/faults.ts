import { log } from './say.ts';

export const faultNames = ['readiness', 'liveness', 'crash', 'leak', 'cpu'] as const;
export type FaultName = (typeof faultNames)[number];

const LEAK_STEP_BYTES = 4 * 1024 * 1024;
const LEAK_PERIOD_MS = 200;
/** Burning happens in slices, so that probes are still answered. */
const BURN_SLICE_MS = 40;
const CRASH_DELAY_MS = 50;

/** What is broken in this process, and the breaking of it. */
export class Faults {
  readonly #active = new Set<FaultName>();
  readonly #leaked: Buffer[] = [];
  #leaking: NodeJS.Timeout | undefined;
  #burning: NodeJS.Immediate | undefined;
  #shuttingDown = false;

  /** `initial`: names separated by commas, as in the environment. */
  constructor(initial: string) {
    for (const name of initial.split(',').map((part) => part.trim())) if (isFaultName(name)) this.break(name);
  }

  has(name: FaultName): boolean {
    return this.#active.has(name);
  }

  get shuttingDown(): boolean {
    return this.#shuttingDown;
  }

  list(): readonly FaultName[] {
    return [...this.#active];
  }

  shutDown(): void {
    this.#shuttingDown = true;
    this.repair();
  }

  break(name: FaultName): void {
    if (this.#active.has(name)) return;
    this.#active.add(name);
    switch (name) {
      case 'readiness':
        log('error', 'db: connection refused (readiness broken on request)');
        break;
      case 'liveness':
        log('error', 'worker: deadlock detected (liveness broken on request)');
        break;
      case 'crash':
        log('error', 'fatal: cannot continue (crash on request)');
        setTimeout(() => process.exit(1), CRASH_DELAY_MS);
        break;
      case 'leak':
        log('warn', 'cache: growing without bound (leak on request)');
        this.#leaking = setInterval(() => this.#leaked.push(Buffer.alloc(LEAK_STEP_BYTES, 1)), LEAK_PERIOD_MS);
        break;
      case 'cpu':
        log('warn', 'worker: busy (CPU burnt on request)');
        this.#burn();
    }
  }

  /** Undoes everything that can be undone. */
  repair(): void {
    if (this.#active.size > 0) log('info', `repaired: ${this.list().join(', ')}`);
    clearInterval(this.#leaking);
    if (this.#burning) clearImmediate(this.#burning);
    this.#burning = undefined;
    this.#leaked.length = 0;
    this.#active.clear();
  }

  #burn(): void {
    this.#burning = setImmediate(() => {
      const end = performance.now() + BURN_SLICE_MS;
      while (performance.now() < end);
      this.#burn();
    });
  }
}

export function isFaultName(name: string): name is FaultName {
  return (faultNames as readonly string[]).includes(name);
}
