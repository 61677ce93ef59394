import { isIP } from 'node:net';
import { services } from '../../lib/kube/resources.ts';
import { invalid, statusError } from '../../lib/kube/status-errors.ts';
import type { Service } from '../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';
import type { Registry } from '../registry/registry.ts';
import type { FieldError } from '../registry/strategy.ts';
import { AddressRange } from './address-range.ts';

type ServiceSpec = NonNullable<Service['spec']>;

const FIRST_NODE_PORT = 30_000;
const LAST_NODE_PORT = 32_767;

/** Gives Services their cluster addresses and node ports, and refuses those that somebody else has. What is taken is read off the Services themselves. */
export class ServiceAddresses implements AdmissionPlugin {
  readonly name = 'ServiceAddresses';
  readonly #registry: Registry;
  readonly #range: AddressRange;
  /** Address or `port/protocol` → who has it. */
  readonly #taken = new Map<string, string>();
  /** Set aside for writes that are under way. */
  readonly #reserved = new Set<string>();
  #nextAddress: number;
  #nextPort = FIRST_NODE_PORT;

  constructor(registry: Registry, subnet: string) {
    this.#registry = registry;
    this.#range = new AddressRange(subnet);
    this.#nextAddress = this.#range.staticBand;
  }

  /** Call when the registry has started. */
  start(): void {
    const { cache } = this.#registry.of(services);
    for (const entry of cache.all()) this.#note(entry.key, entry.object, true);
    cache.follow(({ type, entry, previous }) => {
      if (previous) this.#note(entry.key, previous.object, false);
      if (type !== 'DELETED') this.#note(entry.key, entry.object, true);
    });
  }

  admit(request: AdmissionRequest): void {
    if (
      request.definition.resource.plural !== 'services' ||
      request.definition.resource.group !== '' ||
      request.subresource !== undefined
    )
      return;
    const { spec } = request.object as Service;
    if (!spec) return;
    const old = (request.old as Service | undefined)?.spec;
    this.#address(request, spec, old);
    this.#ports(request, spec, old);
  }

  #address(request: AdmissionRequest, spec: ServiceSpec, old: ServiceSpec | undefined): void {
    if (spec.type === 'ExternalName') {
      // A name elsewhere has no address here.
      for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const)
        delete spec[field];
      return;
    }
    const wanted = spec.clusterIP || spec.clusterIPs?.[0];
    if (wanted === undefined) spec.clusterIP = this.#freeAddress(request);
    else if (isIP(wanted) !== 0 && wanted !== old?.clusterIP) this.#claimAddress(request, wanted);
    spec.clusterIP ??= wanted ?? '';
    spec.clusterIPs ??= [spec.clusterIP];
  }

  #claimAddress(request: AdmissionRequest, address: string): void {
    const refuse = (why: string) => {
      throw invalid(services, request.name, [
        {
          reason: 'FieldValueInvalid',
          field: 'spec.clusterIPs',
          message: `Invalid value: ["${address}"]: failed to allocate IP ${address}: ${why}`,
        },
      ]);
    };
    if (!this.#range.has(address))
      refuse(`the provided IP (${address}) is not in the valid range. The range of valid IPs is ${this.#range.subnet}`);
    if (this.#isTaken(address, request)) refuse('provided IP is already allocated');
    this.#reserve(request, address);
  }

  /** The next free one above the band for static addresses, then below it. */
  #freeAddress(request: AdmissionRequest): string {
    const { size } = this.#range;
    for (let tried = 0; tried < size; tried++) {
      const address = this.#range.at(this.#nextAddress);
      this.#nextAddress = (this.#nextAddress + 1) % size;
      if (this.#taken.has(address) || this.#reserved.has(address)) continue;
      this.#reserve(request, address);
      return address;
    }
    throw statusError(500, 'InternalError', `failed to allocate a serviceIP: range is full`);
  }

  #ports(request: AdmissionRequest, spec: ServiceSpec, old: ServiceSpec | undefined): void {
    const needsPorts =
      spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
    if (!needsPorts) {
      if (spec.type === 'ClusterIP' && old && old.type !== 'ClusterIP')
        for (const port of spec.ports ?? []) delete port.nodePort;
      return;
    }
    const errors: FieldError[] = [];
    /** What the Service names twice is for its validation to refuse. */
    const claimed = new Set<string>();
    for (const [index, port] of (spec.ports ?? []).entries()) {
      const protocol = port.protocol ?? 'TCP';
      if (!port.nodePort) {
        port.nodePort = this.#freePort(request, protocol);
        continue;
      }
      const isOwn =
        old?.ports?.some((one) => one.nodePort === port.nodePort && (one.protocol ?? 'TCP') === protocol) === true;
      if (isOwn) continue;
      const field = `spec.ports[${index}].nodePort`;
      const key = `${port.nodePort}/${protocol}`;
      if (claimed.has(key)) continue;
      claimed.add(key);
      if (port.nodePort < FIRST_NODE_PORT || port.nodePort > LAST_NODE_PORT) {
        const message = `Invalid value: ${port.nodePort}: provided port is not in the valid range. The range of valid ports is ${FIRST_NODE_PORT}-${LAST_NODE_PORT}`;
        errors.push({ reason: 'FieldValueInvalid', field, message });
      } else if (this.#isTaken(key, request)) {
        errors.push({
          reason: 'FieldValueInvalid',
          field,
          message: `Invalid value: ${port.nodePort}: provided port is already allocated`,
        });
      } else this.#reserve(request, key);
    }
    if (errors.length > 0) throw invalid(services, request.name, errors);
  }

  #freePort(request: AdmissionRequest, protocol: string): number {
    for (let tried = FIRST_NODE_PORT; tried <= LAST_NODE_PORT; tried++) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_NODE_PORT ? FIRST_NODE_PORT : port + 1;
      const key = `${port}/${protocol}`;
      if (this.#taken.has(key) || this.#reserved.has(key)) continue;
      this.#reserve(request, key);
      return port;
    }
    throw statusError(500, 'InternalError', 'failed to allocate a nodePort: range is full');
  }

  #isTaken(key: string, request: AdmissionRequest): boolean {
    const owner = this.#taken.get(key);
    return this.#reserved.has(key) || (owner !== undefined && owner !== `${request.namespace ?? ''}/${request.name}`);
  }

  /** Held until the write has ended; then it is either in the Service that was written, or free. */
  #reserve(request: AdmissionRequest, key: string): void {
    this.#reserved.add(key);
    request.onSettled(() => this.#reserved.delete(key));
  }

  #note(owner: string, { spec }: Service, isThere: boolean): void {
    const keys = (spec?.ports ?? []).flatMap((port) =>
      port.nodePort ? [`${port.nodePort}/${port.protocol ?? 'TCP'}`] : [],
    );
    if (spec?.clusterIP && spec.clusterIP !== 'None') keys.push(spec.clusterIP);
    for (const key of keys) {
      if (isThere) this.#taken.set(key, owner);
      else if (this.#taken.get(key) === owner) this.#taken.delete(key);
    }
  }
}
