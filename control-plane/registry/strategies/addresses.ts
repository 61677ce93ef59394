import { isIP } from 'node:net';
import { CidrBlock } from '../../../lib/cel/cidr-block.ts';
import { IpAddress } from '../../../lib/cel/ip-address.ts';
import type { NameRule } from '../../../lib/kube/name-rules.ts';
import type { FieldError } from '../strategy.ts';
import { invalidValue } from './field-errors.ts';

/*
 * Addresses and networks as the API takes them: other programs read what is written in a second way (with zeros in front, an IPv4 address in an IPv6 one, a host's address
 * for a network) as something else. What was there before stays allowed.
 */

const addressDetail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const networkDetail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

/** `known` are the addresses that the field had before. */
export function ipAddress(field: string, value: string, known: readonly string[] = []): readonly FieldError[] {
  if (known.includes(value)) return [];
  const detail = addressProblem(value);
  return detail === undefined ? [] : [invalidValue(field, value, detail)];
}

/** An address that somebody else can be reached at. */
export function reachableAddress(field: string, value: string, known?: readonly string[]): readonly FieldError[] {
  const errors = ipAddress(field, value, known);
  if (errors.length > 0 || addressProblem(value) !== undefined) return errors;
  return outsideOfRanges(field, value, IpAddress.parse(value));
}

/** An address that a Service may lead to. Unlike upstream's it may be this machine's own: where all runs on one machine, API servers and webhooks are reached there. */
export function endpointAddress(field: string, value: string, known: readonly string[] = []): readonly FieldError[] {
  if (known.includes(value)) return [];
  const errors = ipAddress(field, value);
  if (errors.length > 0) return errors;
  const address = IpAddress.parse(value);
  return address.isLoopback ? [] : outsideOfRanges(field, value, address);
}

function outsideOfRanges(field: string, value: string, address: IpAddress): readonly FieldError[] {
  const within = (range: string) => [invalidValue(field, value, `may not be in the ${range}`)];
  if (address.isUnspecified) return [invalidValue(field, value, `may not be unspecified (${value})`)];
  if (address.isLoopback) return within('loopback range (127.0.0.0/8, ::1/128)');
  if (address.isLinkLocalUnicast) return within('link-local range (169.254.0.0/16, fe80::/10)');
  if (address.isLinkLocalMulticast) return within('link-local multicast range (224.0.0.0/24, ff02::/10)');
  return [];
}

/** The one way in which an address may be a name. */
export const isCanonicalAddress: NameRule = (value) => {
  const problem = addressProblem(value);
  if (problem !== undefined) return [problem];
  const canonical = IpAddress.parse(value).toString();
  return canonical === value ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
};

/** Whether text is an address, though it may be written in a way that is not taken. */
export function isAddress(value: string): boolean {
  return addressProblem(value) !== addressDetail;
}

function addressProblem(value: string): string | undefined {
  const plain = withoutZeros(value);
  if (isIP(plain) === 0 || plain.includes('%')) return addressDetail;
  if (isMapped(plain)) return 'must not be an IPv4-mapped IPv6 address';
  return plain === value ? undefined : 'must not have leading 0s';
}

/** A network: an address and the length of its prefix. `known` are the networks that the field had before. */
export function cidr(field: string, value: string, known: readonly string[] = []): readonly FieldError[] {
  if (known.includes(value)) return [];
  const detail = networkProblem(value);
  return detail === undefined ? [] : [invalidValue(field, value, detail)];
}

/** A network in the one way in which it may be written in kinds that are younger. */
export function canonicalCidr(field: string, value: string): readonly FieldError[] {
  const errors = cidr(field, value);
  if (errors.length > 0) return errors;
  const canonical = CidrBlock.parse(value).toString();
  return canonical === value
    ? []
    : [invalidValue(field, value, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

function networkProblem(value: string): string | undefined {
  const [address = '', length = '', ...more] = value.split('/');
  const [plain, bits] = [withoutZeros(address), length.replace(/^0+(?=\d)/, '')];
  const max = isIP(plain) === 4 ? 32 : 128;
  const isNetwork = more.length === 0 && isIP(plain) !== 0 && !plain.includes('%') && /^\d{1,3}$/.test(bits);
  if (!isNetwork || Number(bits) > max) return networkDetail;
  if (isMapped(plain)) return 'must not have an IPv4-mapped IPv6 address';
  if (plain !== address || bits !== length) return 'must not have leading 0s in IP or prefix length';
  const block = CidrBlock.parse(value);
  return block.masked().equals(block) ? undefined : 'must not have bits set beyond the prefix length';
}

/** The network that is meant, also where it is not written as it should be. */
export function networkMeant(value: string): CidrBlock | undefined {
  const [address = '', length = ''] = value.split('/');
  const text = `${withoutZeros(address)}/${length.replace(/^0+(?=\d)/, '')}`;
  try {
    return CidrBlock.parse(text);
  } catch {
    return undefined;
  }
}

function withoutZeros(address: string): string {
  return address.includes(':') ? address : address.replaceAll(/(^|\.)0+(?=\d)/g, '$1');
}

/** `::ffff:10.1.2.3` */
function isMapped(address: string): boolean {
  if (isIP(address) !== 6) return false;
  try {
    IpAddress.parse(address);
    return false;
  } catch {
    return true;
  }
}
