import { VigilError } from '../../lib/errors.ts';

/** The IPv4 addresses of a subnet, without its first (the network) and its last (broadcast). */
export class AddressRange {
  readonly subnet: string;
  readonly #base: number;
  readonly #size: number;

  constructor(subnet: string) {
    const [address = '', bits = ''] = subnet.split('/');
    const base = parseAddress(address);
    const length = Number(bits);
    if (base === undefined || !/^\d{1,2}$/.test(bits) || length < 8 || length > 30) {
      throw new VigilError('INVALID_SUBNET', 'invalid', `${subnet} is not an IPv4 subnet of 8 to 30 bits`);
    }
    this.subnet = subnet;
    this.#size = 2 ** (32 - length);
    this.#base = base - (base % this.#size);
  }

  /** How many addresses can be given. */
  get size(): number {
    return this.#size - 2;
  }

  has(address: string): boolean {
    const number = parseAddress(address);
    return number !== undefined && number > this.#base && number < this.#base + this.#size - 1;
  }

  /** The address at a place from 0 to `size` - 1. */
  at(index: number): string {
    return formatAddress(this.#base + 1 + index);
  }

  /** Addresses below this place are left to those who ask for a certain one, as upstream does it. */
  get staticBand(): number {
    return Math.min(Math.max(16, Math.floor(this.size / 16)), 256, Math.floor(this.size / 2));
  }
}

function parseAddress(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  const parts = match.slice(1).map(Number);
  return parts.some((part) => part > 255) ? undefined : parts.reduce((sum, part) => sum * 256 + part, 0);
}

function formatAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
