import { BlockList, isIP } from 'node:net';
import type { Environment } from '@marcbachmann/cel-js';

/** An address, compared and shown as written. */
class IP {
  readonly text: string;

  constructor(text: string) {
    if (isIP(text) === 0)
      throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
    this.text = text;
  }
}

class CIDR {
  readonly address: string;
  readonly bits: number;

  constructor(text: string) {
    const [address = '', bits = '', ...more] = text.split('/');
    const family = isIP(address);
    if (family === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
      throw new Error(`network address parse error during conversion from string: invalid CIDR address: ${text}`);
    this.address = address;
    this.bits = Number(bits);
  }

  contains(address: string): boolean {
    const family = isIP(address);
    if (family !== isIP(this.address)) return false;
    const type = family === 4 ? 'ipv4' : 'ipv6';
    const list = new BlockList();
    list.addSubnet(this.address, this.bits, type);
    return list.check(address, type);
  }
}

/** `ip`, `isIP`, `cidr`, `isCIDR` and their methods; `url` and `isURL` with the parts of an URL. */
export function addNetworkFunctions(environment: Environment): void {
  environment
    .registerType('net.IP', IP)
    .registerType('net.CIDR', CIDR)
    .registerType('kubernetes.URL', URL)
    .registerFunction('isIP(string): bool', (text: string) => isIP(text) !== 0)
    .registerFunction('ip(string): net.IP', (text: string) => new IP(text))
    .registerFunction('net.IP.family(): int', (ip: IP) => BigInt(isIP(ip.text)))
    .registerFunction('net.IP.isLoopback(): bool', (ip: IP) => ip.text === '::1' || ip.text.startsWith('127.'))
    .registerFunction('isCIDR(string): bool', isCidr)
    .registerFunction('cidr(string): net.CIDR', (text: string) => new CIDR(text))
    .registerFunction('net.CIDR.prefixLength(): int', (cidr: CIDR) => BigInt(cidr.bits))
    .registerFunction('net.CIDR.containsIP(string): bool', (cidr: CIDR, ip: string) => cidr.contains(ip))
    .registerFunction('net.CIDR.containsIP(net.IP): bool', (cidr: CIDR, ip: IP) => cidr.contains(ip.text))
    .registerFunction('isURL(string): bool', (text: string) => URL.canParse(text))
    .registerFunction('url(string): kubernetes.URL', (text: string) => new URL(text))
    .registerFunction('kubernetes.URL.getScheme(): string', (url: URL) => url.protocol.slice(0, -1))
    .registerFunction('kubernetes.URL.getHost(): string', (url: URL) => url.host)
    .registerFunction('kubernetes.URL.getHostname(): string', (url: URL) => url.hostname)
    .registerFunction('kubernetes.URL.getPort(): string', (url: URL) => url.port)
    .registerFunction('kubernetes.URL.getEscapedPath(): string', (url: URL) => url.pathname);
}

function isCidr(text: string): boolean {
  try {
    return new CIDR(text).bits >= 0;
  } catch {
    return false;
  }
}
