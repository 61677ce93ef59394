import type { Service } from '../../lib/kube/types.ts';
import { formatIPv4, parseIPv4 } from '../network/ipv4.ts';
import type { DnsSnapshot, EndpointAddress } from './service-directory.ts';

export interface DnsQuestion {
  /** As asked, in any case, without the final dot. */
  readonly name: string;
  /** `A`, `AAAA`, `SRV`, `PTR`… */
  readonly type: string;
}

/** How long clients may keep an answer: as CoreDNS in a cluster. */
const TTL_SECONDS = 5;

export type DnsRecord =
  | { readonly type: 'A' | 'CNAME' | 'PTR'; readonly name: string; readonly ttl: number; readonly data: string }
  | { readonly type: 'TXT'; readonly name: string; readonly ttl: number; readonly data: string }
  | {
      readonly type: 'SRV';
      readonly name: string;
      readonly ttl: number;
      readonly data: {
        readonly priority: number;
        readonly weight: number;
        readonly port: number;
        readonly target: string;
      };
    }
  | {
      readonly type: 'SOA';
      readonly name: string;
      readonly ttl: number;
      readonly data: {
        readonly mname: string;
        readonly rname: string;
        readonly serial: number;
        readonly refresh: number;
        readonly retry: number;
        readonly expire: number;
        readonly minimum: number;
      };
    };

/**
 * `forward` means that the name is none of ours. An answer with a CNAME to such a name has `chase`: what resolves it further belongs behind it.
 * No answers and `NOERROR` says that the name exists without records of that type; both negative answers carry the zone's SOA.
 */
export type DnsAnswer =
  | { readonly kind: 'forward' }
  | {
      readonly kind: 'answer';
      readonly rcode: 'NOERROR' | 'NXDOMAIN';
      readonly answers: readonly DnsRecord[];
      readonly authorities: readonly DnsRecord[];
      readonly additionals: readonly DnsRecord[];
      readonly chase?: string | undefined;
    };

/** Answers a question from what the API says, following the specification of DNS in Kubernetes 1.1.0. */
export function answer(question: DnsQuestion, snapshot: DnsSnapshot): DnsAnswer {
  const name = question.name.toLowerCase();
  const reverse = addressOfReverseName(name);
  if (reverse !== undefined) return answerReverse(question, reverse, snapshot);
  const zone = snapshot.clusterDomain;
  if (name === zone) return question.type === 'SOA' ? positive([soa(zone)]) : noData(zone);
  if (!name.endsWith(`.${zone}`)) return { kind: 'forward' };
  const labels = name.slice(0, -zone.length - 1).split('.');
  const kind = labels.pop();
  if (kind === 'dns-version' && labels.length === 0)
    return question.type === 'TXT' || question.type === 'ANY'
      ? positive([{ type: 'TXT', name: question.name, ttl: TTL_SECONDS, data: '1.1.0' }])
      : noData(zone);
  if (kind === 'pod') return answerPod(question, labels, zone);
  if (kind === 'svc') return answerService(question, labels, snapshot);
  return nxDomain(zone);
}

/** `10-244-1-2.default.pod.cluster.local` is that address, whoever has it: the name says nothing that its asker did not know. */
function answerPod(question: DnsQuestion, labels: readonly string[], zone: string): DnsAnswer {
  if (labels.length < 2) return noData(zone);
  const [dashed = ''] = labels;
  const ip = dashed.replaceAll('-', '.');
  if (labels.length > 2 || parseIPv4(ip) === undefined) return nxDomain(zone);
  return wantsA(question) ? positive([a(question.name, ip)]) : noData(zone);
}

function answerService(question: DnsQuestion, labels: readonly string[], snapshot: DnsSnapshot): DnsAnswer {
  const zone = snapshot.clusterDomain;
  const namespace = labels.at(-1);
  const name = labels.at(-2);
  if (namespace === undefined) return noData(zone);
  if (name === undefined) return snapshot.hasNamespace(namespace) ? noData(zone) : nxDomain(zone);
  const service = snapshot.service(namespace, name);
  if (!service) return nxDomain(zone);
  const base = `${name}.${namespace}.svc.${zone}`;
  const rest = labels.slice(0, -2);

  if (service.spec?.type === 'ExternalName') {
    const target = (service.spec.externalName ?? '').replace(/\.$/, '').toLowerCase();
    return rest.length === 0 && target !== '' ? externalName(question, target, snapshot) : nxDomain(zone);
  }
  const isHeadless = service.spec?.clusterIP === 'None' || !service.spec?.clusterIP;
  const endpoints = isHeadless || rest.length === 1 ? snapshot.endpoints(namespace, name) : [];
  if (rest.length === 0) return answerBase(question, service, base, isHeadless, endpoints, zone);
  if (rest.length === 1) {
    const [first = ''] = rest;
    if (first === '_tcp' || first === '_udp' || first === '_sctp') return noData(zone);
    return answerHost(question, first, isHeadless ? endpoints : [], base, zone);
  }
  const [port = '', protocol = ''] = rest;
  if (rest.length > 2 || !port.startsWith('_') || !protocol.startsWith('_')) return nxDomain(zone);
  const records = servicePorts(service, base, isHeadless, endpoints).filter(
    (record) => record.portName === port.slice(1) && record.protocol === protocol.slice(1),
  );
  if (records.length === 0) return nxDomain(zone);
  return wantsSrv(question) ? srvAnswer(question, records) : noData(zone);
}

function answerBase(
  question: DnsQuestion,
  service: Service,
  base: string,
  isHeadless: boolean,
  endpoints: readonly EndpointAddress[],
  zone: string,
): DnsAnswer {
  // The specification wants NXDOMAIN for a headless Service of which nothing is ready.
  if (isHeadless && endpoints.length === 0) return nxDomain(zone);
  if (wantsA(question)) {
    const ips = isHeadless ? endpoints.map((endpoint) => endpoint.ip) : [service.spec?.clusterIP ?? ''];
    return positive(ips.map((ip) => a(question.name, ip)));
  }
  if (question.type === 'SRV') {
    const records = servicePorts(service, base, isHeadless, endpoints);
    if (records.length > 0) return srvAnswer(question, records);
  }
  return noData(zone);
}

/** `web-0.web.default.svc.cluster.local`: one pod of a headless Service. */
function answerHost(
  question: DnsQuestion,
  hostname: string,
  endpoints: readonly EndpointAddress[],
  base: string,
  zone: string,
): DnsAnswer {
  const found = endpoints.filter((endpoint) => endpoint.hostname.toLowerCase() === hostname);
  if (found.length === 0) return nxDomain(zone);
  if (wantsA(question)) return positive(found.map((endpoint) => a(question.name, endpoint.ip)));
  if (question.type !== 'SRV') return noData(zone);
  return srvAnswer(
    question,
    found.flatMap((endpoint) => endpointPorts(endpoint, base)),
  );
}

interface PortRecord {
  readonly portName: string;
  readonly protocol: string;
  readonly port: number;
  readonly target: string;
  readonly ip: string;
}

function servicePorts(
  service: Service,
  base: string,
  isHeadless: boolean,
  endpoints: readonly EndpointAddress[],
): readonly PortRecord[] {
  if (isHeadless) return endpoints.flatMap((endpoint) => endpointPorts(endpoint, base));
  return (service.spec?.ports ?? []).map((port) => ({
    portName: (port.name ?? '').toLowerCase(),
    protocol: (port.protocol ?? 'TCP').toLowerCase(),
    port: port.port,
    target: base,
    ip: service.spec?.clusterIP ?? '',
  }));
}

function endpointPorts(endpoint: EndpointAddress, base: string): PortRecord[] {
  return endpoint.ports.map((port) => ({
    portName: port.name.toLowerCase(),
    protocol: port.protocol,
    port: port.port,
    target: `${endpoint.hostname}.${base}`,
    ip: endpoint.ip,
  }));
}

function srvAnswer(question: DnsQuestion, ports: readonly PortRecord[]): DnsAnswer {
  const weight = Math.max(1, Math.floor(100 / Math.max(1, ports.length)));
  const targets = new Map(ports.map((port) => [port.target, port.ip]));
  return {
    ...positive(
      ports.map(({ port, target }) => ({
        type: 'SRV',
        name: question.name,
        ttl: TTL_SECONDS,
        data: { priority: 0, weight, port, target },
      })),
    ),
    additionals: [...targets].map(([target, ip]) => a(target, ip)),
  };
}

function externalName(question: DnsQuestion, target: string, snapshot: DnsSnapshot): DnsAnswer {
  if (!['A', 'AAAA', 'CNAME', 'ANY'].includes(question.type)) return noData(snapshot.clusterDomain);
  const alias: DnsRecord = { type: 'CNAME', name: question.name, ttl: TTL_SECONDS, data: target };
  return { ...positive([alias]), chase: question.type === 'CNAME' ? undefined : target };
}

function answerReverse(question: DnsQuestion, ip: string, snapshot: DnsSnapshot): DnsAnswer {
  const names = snapshot.namesOf(ip);
  if (names.length === 0) return snapshot.isClusterAddress(ip) ? nxDomain(snapshot.clusterDomain) : { kind: 'forward' };
  if (question.type !== 'PTR' && question.type !== 'ANY') return noData(snapshot.clusterDomain);
  return positive(names.map((data) => ({ type: 'PTR', name: question.name, ttl: TTL_SECONDS, data })));
}

/** `2.1.244.10.in-addr.arpa` → `10.244.1.2`. */
function addressOfReverseName(name: string): string | undefined {
  const match = /^([\d.]+)\.in-addr\.arpa$/.exec(name);
  const value = parseIPv4((match?.[1] ?? '').split('.').reverse().join('.'));
  return value === undefined ? undefined : formatIPv4(value);
}

function wantsA(question: DnsQuestion): boolean {
  return question.type === 'A' || question.type === 'ANY';
}

function wantsSrv(question: DnsQuestion): boolean {
  return question.type === 'SRV' || question.type === 'ANY';
}

function a(name: string, data: string): DnsRecord {
  return { type: 'A', name, ttl: TTL_SECONDS, data };
}

function positive(answers: readonly DnsRecord[]): Extract<DnsAnswer, { kind: 'answer' }> {
  return { kind: 'answer', rcode: 'NOERROR', answers, authorities: [], additionals: [] };
}

function noData(zone: string): DnsAnswer {
  return { kind: 'answer', rcode: 'NOERROR', answers: [], authorities: [soa(zone)], additionals: [] };
}

function nxDomain(zone: string): DnsAnswer {
  return { kind: 'answer', rcode: 'NXDOMAIN', answers: [], authorities: [soa(zone)], additionals: [] };
}

function soa(zone: string): DnsRecord {
  return {
    type: 'SOA',
    name: zone,
    ttl: TTL_SECONDS,
    data: {
      mname: `ns.dns.${zone}`,
      rname: `hostmaster.${zone}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: TTL_SECONDS,
    },
  };
}
