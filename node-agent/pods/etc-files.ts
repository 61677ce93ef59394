import type { Pod } from '../../lib/kube/types.ts';
import { podHostname } from './pod-files.ts';

export interface DnsSettings {
  readonly nodeIP: string;
  readonly clusterDomain: string;
  /** The machine's own resolv.conf, for pods that ask for it. */
  readonly machineResolvConf: string;
}

/** Limits of the resolver that upstream applies too. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;

/** `/etc/resolv.conf` of a pod, by its dnsPolicy and dnsConfig. */
export function resolvConf(pod: Pod, settings: DnsSettings): string {
  const { dnsConfig, hostNetwork } = pod.spec ?? {};
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  const isCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && hostNetwork !== true);
  const base = isCluster
    ? clusterDns(pod.metadata?.namespace ?? 'default', settings)
    : policy === 'None'
      ? { nameservers: [], searches: [], options: new Map<string, string | undefined>() }
      : parseResolvConf(settings.machineResolvConf);
  const nameservers = unique([...base.nameservers, ...(dnsConfig?.nameservers ?? [])]).slice(0, MAX_NAMESERVERS);
  const searches = unique([...base.searches, ...(dnsConfig?.searches ?? [])]).slice(0, MAX_SEARCHES);
  const options = new Map(base.options);
  for (const option of dnsConfig?.options ?? []) if (option.name) options.set(option.name, option.value);
  const lines = nameservers.map((server) => `nameserver ${server}`);
  if (searches.length > 0) lines.push(`search ${searches.join(' ')}`);
  if (options.size > 0) {
    const texts = [...options].map(([name, value]) => (value === undefined ? name : `${name}:${value}`));
    lines.push(`options ${texts.join(' ')}`);
  }
  return `${lines.join('\n')}\n`;
}

interface Dns {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: ReadonlyMap<string, string | undefined>;
}

function clusterDns(namespace: string, { nodeIP, clusterDomain }: DnsSettings): Dns {
  return {
    nameservers: [nodeIP],
    searches: [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain],
    options: new Map([['ndots', '5']]),
  };
}

function parseResolvConf(text: string): Dns {
  const nameservers: string[] = [];
  let searches: string[] = [];
  const options = new Map<string, string | undefined>();
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === 'nameserver' && rest[0]) nameservers.push(rest[0]);
    else if (word === 'search') searches = rest;
    else if (word === 'options') {
      for (const option of rest) {
        const colon = option.indexOf(':');
        if (colon < 0) options.set(option, undefined);
        else options.set(option.slice(0, colon), option.slice(colon + 1));
      }
    }
  }
  return { nameservers, searches, options };
}

/** `/etc/hosts` of a pod with an address of its own. */
export function etcHosts(pod: Pod, podIP: string, clusterDomain: string): string {
  const hostname = podHostname(pod);
  const { subdomain } = pod.spec ?? {};
  const fqdn = subdomain ? `${hostname}.${subdomain}.${pod.metadata?.namespace ?? ''}.svc.${clusterDomain}\t` : '';
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    `${podIP}\t${fqdn}${hostname}`,
    ...aliasLines(pod),
  ];
  return `${lines.join('\n')}\n`;
}

/** `/etc/hosts` of a pod on the machine's network: the machine's own and the pod's aliases. */
export function hostNetworkHosts(pod: Pod, machineHosts: string): string {
  return `# Kubernetes-managed hosts file (host network).\n${machineHosts.trimEnd()}\n${aliasLines(pod)
    .map((line) => `${line}\n`)
    .join('')}`;
}

function aliasLines(pod: Pod): string[] {
  const aliases = pod.spec?.hostAliases ?? [];
  if (aliases.length === 0) return [];
  return [
    '',
    '# Entries added by HostAliases.',
    ...aliases.map((alias) => `${alias.ip}\t${(alias.hostnames ?? []).join('\t')}`),
  ];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
