import { IpAddress } from './ip-address.ts';

/** A network in CIDR notation; the address may have bits behind the prefix. */
export class CidrBlock {
  readonly address: IpAddress;
  readonly prefixLength: number;

  constructor(address: IpAddress, prefixLength: number) {
    this.address = address;
    this.prefixLength = prefixLength;
  }

  /** Throws for what is no network, and for IPv4 addresses in IPv6 ones. */
  static parse(text: string): CidrBlock {
    const slash = text.lastIndexOf('/');
    const bits = text.slice(slash + 1);
    const address = slash < 0 ? undefined : addressOf(text.slice(0, slash));
    if (!address || !/^(?:0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > address.bits)
      throw new Error(`network address parse error during conversion from string: invalid CIDR address: ${text}`);
    return new CidrBlock(address, Number(bits));
  }

  masked(): CidrBlock {
    return new CidrBlock(this.address.masked(this.prefixLength), this.prefixLength);
  }

  containsIP(address: IpAddress): boolean {
    return (
      address.family === this.address.family &&
      address.masked(this.prefixLength).equals(this.address.masked(this.prefixLength))
    );
  }

  containsCIDR(block: CidrBlock): boolean {
    return this.prefixLength <= block.prefixLength && this.containsIP(block.address);
  }

  equals(other: unknown): boolean {
    return other instanceof CidrBlock && other.prefixLength === this.prefixLength && other.address.equals(this.address);
  }

  toString(): string {
    return `${this.address.toString()}/${this.prefixLength}`;
  }
}

function addressOf(text: string): IpAddress | undefined {
  try {
    return IpAddress.parse(text);
  } catch {
    return undefined;
  }
}
