import type { EndpointSlice, Service } from '../../lib/kube/types.ts';
import type { ChangeType } from '../../lib/kube/informer.ts';

/** One address behind a Service, under the name that a headless Service gives it. */
export interface EndpointAddress {
  readonly ip: string;
  /** The pod's hostname, or its address with dashes. */
  readonly hostname: string;
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

/** What DNS answers are made from. */
export interface DnsSnapshot {
  readonly clusterDomain: string;
  service(namespace: string, name: string): Service | undefined;
  /** Ready addresses, or all of them where the Service publishes those too. */
  endpoints(namespace: string, name: string): readonly EndpointAddress[];
  /** True when there is any Service in the namespace. */
  hasNamespace(namespace: string): boolean;
  /** Fully qualified names, without the final dot, for reverse look-ups. */
  namesOf(ip: string): readonly string[];
  /** True for addresses that belong to the cluster, about which nobody else can say anything. */
  isClusterAddress(ip: string): boolean;
}

const SERVICE_NAME = 'kubernetes.io/service-name';

/** Keeps what names and addresses need at hand as Services and EndpointSlices change; a change costs as much as the object that changed. */
export class ServiceDirectory implements DnsSnapshot {
  readonly clusterDomain: string;
  readonly isClusterAddress: (ip: string) => boolean;
  readonly #services = new Map<string, Service>();
  readonly #perNamespace = new Map<string, number>();
  readonly #slices = new Map<string, Map<string, EndpointSlice>>();
  readonly #ownerOf = new Map<string, string>();
  /** Addresses of endpoints and Services to the Services that have them, with how many objects say so. */
  readonly #servicesOf = new Map<string, Map<string, number>>();

  constructor(clusterDomain: string, isClusterAddress: (ip: string) => boolean) {
    this.clusterDomain = clusterDomain;
    this.isClusterAddress = isClusterAddress;
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }

  hasNamespace(namespace: string): boolean {
    return this.#perNamespace.has(namespace);
  }

  endpoints(namespace: string, name: string): readonly EndpointAddress[] {
    const service = this.service(namespace, name);
    const publishAll = service?.spec?.publishNotReadyAddresses === true;
    const found = new Map<string, EndpointAddress>();
    for (const slice of this.#slices.get(`${namespace}/${name}`)?.values() ?? []) {
      if (slice.addressType !== 'IPv4') continue;
      const ports = (slice.ports ?? []).map((port) => ({
        name: port.name ?? '',
        protocol: (port.protocol ?? 'TCP').toLowerCase(),
        port: port.port ?? 0,
      }));
      for (const endpoint of slice.endpoints ?? []) {
        if (endpoint.conditions?.ready === false && !publishAll) continue;
        for (const ip of endpoint.addresses) {
          const known = found.get(ip);
          const hostname = endpoint.hostname ?? ip.replaceAll('.', '-');
          found.set(ip, { ip, hostname, ports: known ? [...known.ports, ...ports] : ports });
        }
      }
    }
    return [...found.values()];
  }

  namesOf(ip: string): readonly string[] {
    const names: string[] = [];
    for (const key of this.#servicesOf.get(ip)?.keys() ?? []) {
      const service = this.#services.get(key);
      const { namespace = '', name = '' } = service?.metadata ?? {};
      if (!service) continue;
      const base = `${name}.${namespace}.svc.${this.clusterDomain}`;
      if (service.spec?.clusterIP === ip) {
        names.push(base);
        continue;
      }
      const endpoint = this.endpoints(namespace, name).find((candidate) => candidate.ip === ip);
      if (endpoint) names.push(`${endpoint.hostname}.${base}`);
    }
    return names;
  }

  /** For an informer of Services. */
  readonly onService = (type: ChangeType, service: Service, old: Service | undefined): void => {
    const namespace = service.metadata?.namespace ?? '';
    const key = `${namespace}/${service.metadata?.name ?? ''}`;
    const known = this.#services.get(key) ?? old;
    if (known?.spec?.clusterIP !== undefined) this.#unlink(known.spec.clusterIP, key);
    if (type === 'DELETED') {
      if (this.#services.delete(key)) this.#count(namespace, -1);
      return;
    }
    if (!this.#services.has(key)) this.#count(namespace, 1);
    this.#services.set(key, service);
    if (service.spec?.clusterIP !== undefined) this.#link(service.spec.clusterIP, key);
  };

  /** For an informer of EndpointSlices. */
  readonly onSlice = (type: ChangeType, slice: EndpointSlice): void => {
    const { namespace = '', name = '', labels } = slice.metadata ?? {};
    this.#dropSlice(`${namespace}/${name}`);
    const serviceName = labels?.[SERVICE_NAME];
    if (type === 'DELETED' || serviceName === undefined) return;
    const key = `${namespace}/${serviceName}`;
    const slices = this.#slices.get(key) ?? new Map<string, EndpointSlice>();
    slices.set(name, slice);
    this.#slices.set(key, slices);
    this.#ownerOf.set(`${namespace}/${name}`, key);
    for (const ip of addressesOf(slice)) this.#link(ip, key);
  };

  /** By what we know of it, for its label may have changed. */
  #dropSlice(sliceKey: string): void {
    const key = this.#ownerOf.get(sliceKey);
    if (key === undefined) return;
    this.#ownerOf.delete(sliceKey);
    const slices = this.#slices.get(key);
    const name = sliceKey.slice(sliceKey.indexOf('/') + 1);
    const old = slices?.get(name);
    for (const ip of old ? addressesOf(old) : []) this.#unlink(ip, key);
    slices?.delete(name);
    if (slices?.size === 0) this.#slices.delete(key);
  }

  #count(namespace: string, by: number): void {
    const count = (this.#perNamespace.get(namespace) ?? 0) + by;
    if (count > 0) this.#perNamespace.set(namespace, count);
    else this.#perNamespace.delete(namespace);
  }

  #link(ip: string, key: string): void {
    const services = this.#servicesOf.get(ip) ?? new Map<string, number>();
    services.set(key, (services.get(key) ?? 0) + 1);
    this.#servicesOf.set(ip, services);
  }

  #unlink(ip: string, key: string): void {
    const services = this.#servicesOf.get(ip);
    if (!services) return;
    const count = (services.get(key) ?? 0) - 1;
    if (count > 0) services.set(key, count);
    else services.delete(key);
    if (services.size === 0) this.#servicesOf.delete(ip);
  }
}

function addressesOf(slice: EndpointSlice): string[] {
  return (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses);
}
