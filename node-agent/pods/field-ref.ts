import { parseQuantity, type Quantity } from '../../lib/kube/quantity.ts';
import type { Container, Pod } from '../../lib/kube/types.ts';

/** What a pod may know of itself. */
export interface DownwardFacts {
  readonly pod: Pod;
  readonly podIP?: string | undefined;
  readonly hostIP: string;
  readonly nodeName: string;
  /** What the node can give, for limits that are not set. */
  readonly allocatable: { readonly cpu: string; readonly memory: string };
}

/** The value at `fieldPath`, in an environment variable or a downward API file; `undefined` when there is no such field. */
export function fieldValue(fieldPath: string, facts: DownwardFacts): string | undefined {
  const { metadata, spec } = facts.pod;
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (keyed?.[2]) return metadata?.[keyed[1] === 'labels' ? 'labels' : 'annotations']?.[keyed[2]] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return metadata?.name ?? '';
    case 'metadata.namespace':
      return metadata?.namespace ?? '';
    case 'metadata.uid':
      return metadata?.uid ?? '';
    case 'metadata.labels':
      return formatMap(metadata?.labels);
    case 'metadata.annotations':
      return formatMap(metadata?.annotations);
    case 'spec.nodeName':
      return facts.nodeName;
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return facts.hostIP;
    case 'status.podIP':
    case 'status.podIPs':
      return spec?.hostNetwork === true ? facts.hostIP : (facts.podIP ?? '');
    default:
      return undefined;
  }
}

/** `key="value"` a line, sorted by key, values quoted as Go's %q. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

/** The value of `limits.cpu`, `requests.memory`… divided by `divisor` (1 when absent) and rounded up. */
export function resourceValue(
  resource: string,
  divisor: string | undefined,
  container: Container,
  facts: Pick<DownwardFacts, 'allocatable'>,
): string | undefined {
  const match = /^(limits|requests)\.([a-z0-9./-]+)$/.exec(resource);
  if (!match?.[1] || !match[2]) return undefined;
  const name = match[2];
  const own = container.resources?.[match[1] === 'limits' ? 'limits' : 'requests']?.[name];
  const fallback = match[1] === 'limits' && (name === 'cpu' || name === 'memory') ? facts.allocatable[name] : undefined;
  const amount = parseQuantity(own ?? fallback ?? '0');
  const by = divisor === undefined || divisor === '0' || divisor === '' ? one : parseQuantity(divisor);
  return String((amount.nano + by.nano - 1n) / by.nano);
}

const one: Quantity = { nano: 1_000_000_000n, format: 'DecimalSI' };
