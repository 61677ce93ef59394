import { isIP } from 'node:net';

/** An address as 32 hex digits (IPv4 mapped into IPv6), so that text order is address order; `undefined` when it is none. */
export function ipKey(text: string): string | undefined {
  const version = isIP(text);
  if (version === 4) return `00000000000000000000ffff${ipv4Hex(text)}`;
  if (version !== 6) return undefined;
  const plain = (text.split('%')[0] ?? '').replace(/(\d+\.\d+\.\d+\.\d+)$/, (dotted) => {
    const hex = ipv4Hex(dotted);
    return `${hex.slice(0, 4)}:${hex.slice(4)}`;
  });
  const [head = '', tail] = plain.split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const first = groups(head);
  const last = groups(tail ?? '');
  const middle = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...(tail === undefined ? [] : middle), ...last]
    .map((group) => group.padStart(4, '0'))
    .join('')
    .toLowerCase();
}

/** The address of a key. */
export function ipText(key: string): string {
  if (key.startsWith('00000000000000000000ffff')) {
    return [24, 26, 28, 30].map((at) => Number.parseInt(key.slice(at, at + 2), 16)).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, n) => Number.parseInt(key.slice(n * 4, n * 4 + 4), 16).toString(16));
  const zeros = groups.join(':').match(/(?:^|:)0(?::0)+(?:$|:)/g) ?? [];
  const longest = zeros.reduce((best, run) => (run.length > best.length ? run : best), '');
  return longest === '' ? groups.join(':') : groups.join(':').replace(longest, '::');
}

function ipv4Hex(text: string): string {
  return text
    .split('.')
    .map((byte) => Number(byte).toString(16).padStart(2, '0'))
    .join('');
}

/** First and last key of `address/bits`; `undefined` when it is no such range. */
export function cidrKeys(text: string): { readonly first: string; readonly last: string } | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const key = match?.[1] === undefined ? undefined : ipKey(match[1]);
  if (!match?.[1] || key === undefined) return undefined;
  const bits = Number(match[2]) + (isIP(match[1]) === 4 ? 96 : 0);
  if (bits > 128) return undefined;
  const all = (1n << BigInt(128 - bits)) - 1n;
  const first = BigInt(`0x${key}`) & ~all;
  const hex = (value: bigint) => value.toString(16).padStart(32, '0');
  return { first: hex(first), last: hex(first | all) };
}
