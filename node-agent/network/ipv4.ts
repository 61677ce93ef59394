/** IPv4 addresses as unsigned 32-bit numbers, so that ranges can be counted through. */

/** The number of a dotted address; `undefined` when the text is not one (no leading zeros, no spaces). */
export function parseIPv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  let value = 0;
  for (const part of match.slice(1)) {
    const octet = Number(part);
    if (octet > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    value = value * 256 + octet;
  }
  return value;
}

export function formatIPv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** A block of addresses, both ends inclusive. */
export interface IPv4Range {
  readonly first: number;
  readonly last: number;
  readonly prefixLength: number;
}

/** Reads `10.244.1.0/24`; host bits are cleared. */
export function parseCidr(text: string): IPv4Range | undefined {
  const [address = '', length = ''] = text.split('/');
  const base = parseIPv4(address);
  if (base === undefined || !/^\d{1,2}$/.test(length)) return undefined;
  const prefixLength = Number(length);
  if (prefixLength > 32) return undefined;
  const size = 2 ** (32 - prefixLength);
  const first = Math.floor(base / size) * size;
  return { first, last: first + size - 1, prefixLength };
}

export function contains(range: IPv4Range, address: number): boolean {
  return address >= range.first && address <= range.last;
}
