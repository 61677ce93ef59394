import { isIP } from 'node:net';

/** An IPv4 or IPv6 address as a number. The text is the canonical one (RFC 5952). */
export class IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;

  constructor(family: 4 | 6, value: bigint) {
    this.family = family;
    this.value = value;
  }

  /** Throws for what is no address, and for zones and IPv4 addresses in IPv6 ones, which Kubernetes does not take. */
  static parse(text: string): IpAddress {
    const quoted = JSON.stringify(text);
    const family = isIP(text);
    if (family === 0)
      throw new Error(
        `IP Address ${quoted} parse error during conversion from string: ParseAddr(${quoted}): unable to parse IP`,
      );
    if (text.includes('%')) throw new Error(`IP address ${quoted} with zone value is not allowed`);
    if (family === 4) return new IpAddress(4, ipv4Value(text));
    const value = ipv6Value(text);
    if (value >> 32n === 0xffffn) throw new Error(`IPv4-mapped IPv6 address ${quoted} is not allowed`);
    return new IpAddress(6, value);
  }

  get bits(): number {
    return this.family === 4 ? 32 : 128;
  }

  /** The first `length` bits, zeros behind them. */
  masked(length: number): IpAddress {
    const rest = BigInt(this.bits - length);
    return new IpAddress(this.family, (this.value >> rest) << rest);
  }

  /** Whether it is in a network of its own family: `isIn(0xfe80n, 16)`. */
  #isIn(prefix: bigint, length: number): boolean {
    return this.value >> BigInt(this.bits - length) === prefix;
  }

  get isUnspecified(): boolean {
    return this.value === 0n;
  }

  get isLoopback(): boolean {
    return this.family === 4 ? this.#isIn(127n, 8) : this.value === 1n;
  }

  get isLinkLocalUnicast(): boolean {
    return this.family === 4 ? this.#isIn(0xa9fen, 16) : this.#isIn(0xfe80n >> 6n, 10);
  }

  get isLinkLocalMulticast(): boolean {
    if (this.family === 4) return this.#isIn(0xe00000n, 24);
    return this.#isIn(0xffn, 8) && ((this.value >> 112n) & 0xfn) === 2n;
  }

  get isGlobalUnicast(): boolean {
    const isMulticast = this.family === 4 ? this.#isIn(0xen, 4) : this.#isIn(0xffn, 8);
    const isBroadcast = this.family === 4 && this.value === 0xffff_ffffn;
    return !(this.isUnspecified || isBroadcast || this.isLoopback || isMulticast || this.isLinkLocalUnicast);
  }

  equals(other: unknown): boolean {
    return other instanceof IpAddress && other.family === this.family && other.value === this.value;
  }

  toString(): string {
    return this.family === 4 ? ipv4Text(this.value) : ipv6Text(this.value);
  }
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function ipv6Value(text: string): bigint {
  const [head = [], tail = []] = text.split('::').map((half) => groupsOf(half));
  const gap = Array.from({ length: 8 - head.length - tail.length }, () => 0n);
  return [...head, ...gap, ...tail].reduce((value, group) => (value << 16n) | group, 0n);
}

/** Groups of sixteen bits; an IPv4 address at the end is two of them. */
function groupsOf(text: string): readonly bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const value = ipv4Value(group);
    return [value >> 16n, value & 0xffffn];
  });
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
}

/** The longest run of zeros, the first of several, is left out when it is more than one. */
function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));
  let run = { at: 0, length: 1 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === '0') length++;
    if (length > run.length) run = { at, length };
  }
  if (run.length === 1) return groups.join(':');
  return `${groups.slice(0, run.at).join(':')}::${groups.slice(run.at + run.length).join(':')}`;
}
