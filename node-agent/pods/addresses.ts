import { VigilError } from '../../lib/errors.ts';

/** `.1` is the node itself, `.255` is left free as a broadcast address. */
const FIRST_HOST = 2;
const LAST_HOST = 254;

/**
 * Gives pods addresses out of the node's /24. What is taken is asked for at each allocation (the sandboxes that exist), so nothing is lost with the agent;
 * an address that was just given back is used again last, so that its old packets find nobody.
 */
export class PodAddresses {
  readonly #prefix: string;
  readonly #reserved = new Map<string, string>();
  #last = FIRST_HOST - 1;

  /** `10.244.1.0/24`. */
  constructor(podCIDR: string) {
    const match = /^(\d+\.\d+\.\d+)\.\d+\/24$/.exec(podCIDR);
    if (!match?.[1]) throw new VigilError('POD_CIDR_INVALID', 'invalid', `podCIDR ${podCIDR} is not an IPv4 /24`);
    this.#prefix = match[1];
  }

  /** An address that nobody in `taken` has, kept for `uid` until `release`; the same one when asked again. */
  reserve(uid: string, taken: ReadonlySet<string>): string {
    const known = this.#reserved.get(uid);
    if (known !== undefined && !taken.has(known)) return known;
    const reserved = new Set(this.#reserved.values());
    const count = LAST_HOST - FIRST_HOST + 1;
    for (let step = 1; step <= count; step++) {
      const host = FIRST_HOST + ((this.#last - FIRST_HOST + step) % count);
      const address = `${this.#prefix}.${host}`;
      if (taken.has(address) || reserved.has(address)) continue;
      this.#last = host;
      this.#reserved.set(uid, address);
      return address;
    }
    throw new VigilError('NO_ADDRESS_LEFT', 'transient', `all ${count} addresses of ${this.#prefix}.0/24 are in use`);
  }

  /** Once the sandbox is seen with its address, or was given up. */
  release(uid: string): void {
    this.#reserved.delete(uid);
  }
}
