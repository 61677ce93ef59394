import type { Environment } from '@marcbachmann/cel-js';
import { CidrBlock } from './cidr-block.ts';
import { IpAddress } from './ip-address.ts';
import { RequestUri } from './request-uri.ts';

/** Namespace of `ip.isCanonical`. */
class IpFunctions {
  readonly isCanonical = (text: string): boolean => IpAddress.parse(text).toString() === text;
}

/** `ip`, `isIP`, `cidr`, `isCIDR` and their methods; `url` and `isURL` with the parts of an URL. */
export function addNetworkFunctions(environment: Environment): void {
  addAddressFunctions(environment);
  addBlockFunctions(environment);
  addUrlFunctions(environment);
}

function addAddressFunctions(environment: Environment): void {
  environment
    .registerType('net.IP', IpAddress)
    .registerType('IpFunctions', IpFunctions)
    .registerConstant('ip', 'IpFunctions', new IpFunctions())
    .registerFunction('IpFunctions.isCanonical(string): bool', (functions: IpFunctions, text: string) =>
      functions.isCanonical(text),
    )
    .registerFunction('isIP(string): bool', (text: string) => canBeRead(IpAddress, text))
    .registerFunction('ip(string): net.IP', (text: string) => IpAddress.parse(text))
    .registerFunction('string(net.IP): string', (ip: IpAddress) => ip.toString())
    .registerFunction('net.IP.family(): int', (ip: IpAddress) => BigInt(ip.family))
    .registerFunction('net.IP.isUnspecified(): bool', (ip: IpAddress) => ip.isUnspecified)
    .registerFunction('net.IP.isLoopback(): bool', (ip: IpAddress) => ip.isLoopback)
    .registerFunction('net.IP.isLinkLocalUnicast(): bool', (ip: IpAddress) => ip.isLinkLocalUnicast)
    .registerFunction('net.IP.isLinkLocalMulticast(): bool', (ip: IpAddress) => ip.isLinkLocalMulticast)
    .registerFunction('net.IP.isGlobalUnicast(): bool', (ip: IpAddress) => ip.isGlobalUnicast)
    .registerOperator('net.IP == net.IP', (a: IpAddress, b: IpAddress) => a.equals(b));
}

function addBlockFunctions(environment: Environment): void {
  environment
    .registerType('net.CIDR', CidrBlock)
    .registerFunction('isCIDR(string): bool', (text: string) => canBeRead(CidrBlock, text))
    .registerFunction('cidr(string): net.CIDR', (text: string) => CidrBlock.parse(text))
    .registerFunction('string(net.CIDR): string', (cidr: CidrBlock) => cidr.toString())
    .registerFunction('net.CIDR.ip(): net.IP', (cidr: CidrBlock) => cidr.address)
    .registerFunction('net.CIDR.masked(): net.CIDR', (cidr: CidrBlock) => cidr.masked())
    .registerFunction('net.CIDR.prefixLength(): int', (cidr: CidrBlock) => BigInt(cidr.prefixLength))
    .registerFunction('net.CIDR.containsIP(string): bool', (cidr: CidrBlock, ip: string) =>
      cidr.containsIP(IpAddress.parse(ip)),
    )
    .registerFunction('net.CIDR.containsIP(net.IP): bool', (cidr: CidrBlock, ip: IpAddress) => cidr.containsIP(ip))
    .registerFunction('net.CIDR.containsCIDR(string): bool', (cidr: CidrBlock, other: string) =>
      cidr.containsCIDR(CidrBlock.parse(other)),
    )
    .registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', (cidr: CidrBlock, other: CidrBlock) =>
      cidr.containsCIDR(other),
    )
    .registerOperator('net.CIDR == net.CIDR', (a: CidrBlock, b: CidrBlock) => a.equals(b));
}

function addUrlFunctions(environment: Environment): void {
  const type = 'kubernetes.URL';
  environment
    .registerType(type, RequestUri)
    .registerFunction('isURL(string): bool', (text: string) => canBeRead(RequestUri, text))
    .registerFunction(`url(string): ${type}`, parseUrl)
    .registerFunction(`${type}.getScheme(): string`, (url: RequestUri) => url.scheme)
    .registerFunction(`${type}.getHost(): string`, (url: RequestUri) => url.host)
    .registerFunction(`${type}.getHostname(): string`, (url: RequestUri) => url.hostname)
    .registerFunction(`${type}.getPort(): string`, (url: RequestUri) => url.port)
    .registerFunction(`${type}.getEscapedPath(): string`, (url: RequestUri) => url.escapedPath)
    .registerFunction(`${type}.getQuery(): map<string, list<string>>`, (url: RequestUri) => url.query)
    .registerOperator(`${type} == ${type}`, (a: RequestUri, b: RequestUri) => a.equals(b));
}

function parseUrl(text: string): RequestUri {
  try {
    return RequestUri.parse(text);
  } catch (error) {
    throw new Error(`URL parse error during conversion from string: ${(error as Error).message}`, { cause: error });
  }
}

function canBeRead(type: { parse(text: string): unknown }, text: string): boolean {
  try {
    type.parse(text);
    return true;
  } catch {
    return false;
  }
}
