/** The address plan of a cluster; ARCHITECTURE.md states it. All subnets of a cluster are /16, a node's pods a /24. */

/** Beyond this the third number of an address is used up. */
export const MAX_NODES = 254;

/** Pairs of subnets in the order in which clusters take them; the position also gives the default port. */
export const subnetPairs: readonly { readonly pod: string; readonly service: string }[] = [
  ...Array.from({ length: 12 }, (_, index) => ({
    pod: `10.${244 + index}.0.0/16`,
    service: `10.${96 + index}.0.0/16`,
  })),
  ...Array.from({ length: 20 }, (_, index) => ({
    pod: `10.${200 + index}.0.0/16`,
    service: `10.${108 + index}.0.0/16`,
  })),
];

/** `10.244.0.0/16`, 3, 1 → `10.244.3.1`. */
export function addressIn(subnet: string, third: number, fourth: number): string {
  return `${prefixOf(subnet)}.${third}.${fourth}`;
}

export const gatewayOf = (podSubnet: string): string => addressIn(podSubnet, 0, 1);
export const nodeAddress = (podSubnet: string, index: number): string => addressIn(podSubnet, index, 1);
export const nodePodCIDR = (podSubnet: string, index: number): string => `${addressIn(podSubnet, index, 0)}/24`;
export const kubernetesServiceIP = (serviceSubnet: string): string => addressIn(serviceSubnet, 0, 1);
export const logStoreServiceIP = (serviceSubnet: string): string => addressIn(serviceSubnet, 0, 92);

/** In isolated mode, a node's end of the link to the host; the host's end is the gateway. */
export const linkAddress = (podSubnet: string, index: number): string => addressIn(podSubnet, 0, index + 1);

/** Whether two IPv4 ranges have an address in common. */
export function rangesOverlap(a: string, b: string): boolean {
  const [aBase, aBits] = parseRange(a);
  const [bBase, bBits] = parseRange(b);
  const shift = 32 - Math.min(aBits, bBits);
  return shift >= 32 || aBase >>> shift === bBase >>> shift;
}

function parseRange(cidr: string): [number, number] {
  const [address = '', bits = '32'] = cidr.split('/');
  const base = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return [base >>> 0, Number(bits)];
}

function prefixOf(subnet: string): string {
  return subnet.split('.').slice(0, 2).join('.');
}
