import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock } from '../../../lib/clock.ts';
import { isAlreadyExists, isConflict, isNotFound, type KubeClient } from '../../../lib/kube/client.ts';
import { leases } from '../../../lib/kube/resources.ts';
import { kubeMicroTime } from '../../../lib/kube/time.ts';
import type { Lease } from '../../../lib/kube/types.ts';
import type { Logger } from '../../../lib/log.ts';
import type { ApiEndpoint } from './kubernetes-endpoints.ts';

/** An API server that has not renewed for this long is gone; upstream's time. */
const LEASE_MS = 15_000;
const RENEW_MS = 10_000;
/** How often to look who is there: one that is gone is noticed at most two looks after its lease has run out. */
export const LOOK_MS = 5_000;
/** Of one API server; more is nobody's. */
const MAX_ENDPOINTS = 16;
const WRITE_ATTEMPTS = 3;

const NAMESPACE = 'kube-system';
const LABEL = 'apiserver.kubernetes.io/identity';
const COMPONENT = 'kube-apiserver';
const ENDPOINTS = 'vigil.dev/api-endpoints';
const MAX_LABEL = 63;

/** When a version of a Lease was first seen: by this clock, so that clocks need not agree. */
export interface SeenLease {
  readonly resourceVersion: string;
  readonly atMs: number;
}

/** Whether the API server that renewed the Lease is still there. Pure. */
export function isLive({ spec }: Lease, { atMs }: SeenLease, nowMs: number): boolean {
  return nowMs - atMs <= (spec?.leaseDurationSeconds ?? LEASE_MS / 1000) * 1000;
}

/** Where the API server of a Lease answers, as its annotation says; what is no address and port is left out. Pure. */
export function endpointsOfLease({ metadata }: Lease): readonly ApiEndpoint[] {
  const text = metadata?.annotations?.[ENDPOINTS] ?? '';
  return text
    .split(',', MAX_ENDPOINTS)
    .map((one) => /^(.*) (\d{1,5})$/.exec(one))
    .map((match) => ({ address: match?.[1] ?? '', port: Number(match?.[2]) }))
    .filter(({ address, port }) => isIP(address) !== 0 && port > 0 && port < 65_536);
}

/** The Leases in `kube-system` by which API servers tell one another that they are there, and where. Source: `kube-apiserver`'s lease reconciler. */
export class ApiServerLeases {
  readonly clock: Clock;
  readonly log: Logger;
  readonly #client: KubeClient;
  readonly #hostname: string;
  readonly #seen = new Map<string, SeenLease>();
  #name: string | undefined;
  #renewedMs = -Infinity;

  constructor(options: {
    readonly client: KubeClient;
    readonly clock: Clock;
    readonly log: Logger;
    readonly hostname: string;
  }) {
    this.#client = options.client;
    this.clock = options.clock;
    this.log = options.log;
    this.#hostname = options.hostname;
  }

  /** Says that this API server is there and answers at `own`, when that is due; one that answers nowhere need not be known. */
  async renew(own: readonly ApiEndpoint[]): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    if (own.length === 0 || nowMs - this.#renewedMs < RENEW_MS) return;
    const value = own.map(({ address, port }) => `${address} ${port}`).join(',');
    this.#name ??= leaseName(this.#hostname, value);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#write(this.#name, value);
        this.#renewedMs = nowMs;
        return;
      } catch (error) {
        if (attempt >= WRITE_ATTEMPTS || !(isConflict(error) || isAlreadyExists(error) || isNotFound(error)))
          throw error;
      }
    }
  }

  /** Where the others answer that are there. Leases that have run out are removed. */
  async others(): Promise<readonly ApiEndpoint[]> {
    const labelSelector = `${LABEL}=${COMPONENT}`;
    const { items } = await this.#client.list(leases, { namespace: NAMESPACE, labelSelector });
    const nowMs = this.clock.monotonicMs();
    const found: ApiEndpoint[] = [];
    const names = new Set<string>();
    for (const lease of items) {
      const { name = '', resourceVersion = '' } = lease.metadata ?? {};
      if (name === this.#name) continue;
      names.add(name);
      const before = this.#seen.get(name);
      const seen = before?.resourceVersion === resourceVersion ? before : { resourceVersion, atMs: nowMs };
      this.#seen.set(name, seen);
      if (isLive(lease, seen, nowMs)) found.push(...endpointsOfLease(lease));
      else await this.#remove(name, resourceVersion);
    }
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name);
    return found;
  }

  /** This API server is no longer there. */
  async release(): Promise<void> {
    if (this.#name !== undefined) await this.#remove(this.#name);
  }

  async #write(name: string, endpoints: string): Promise<void> {
    const present = await this.#read(name);
    const time = kubeMicroTime(this.clock.now());
    const lease: Lease = {
      metadata: {
        namespace: NAMESPACE,
        name,
        labels: { [LABEL]: COMPONENT, 'kubernetes.io/hostname': this.#hostname.slice(0, MAX_LABEL) },
        annotations: { [ENDPOINTS]: endpoints },
        resourceVersion: present?.metadata?.resourceVersion,
      },
      spec: {
        holderIdentity: name,
        leaseDurationSeconds: LEASE_MS / 1000,
        acquireTime: present?.spec?.acquireTime ?? time,
        renewTime: time,
      },
    };
    if (present) await this.#client.update(leases, lease);
    else await this.#client.create(leases, lease);
  }

  async #read(name: string): Promise<Lease | undefined> {
    try {
      return await this.#client.get(leases, { namespace: NAMESPACE, name });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #remove(name: string, resourceVersion?: string): Promise<void> {
    try {
      const preconditions = resourceVersion === undefined ? undefined : { resourceVersion };
      await this.#client.delete(leases, { namespace: NAMESPACE, name }, { preconditions });
    } catch (error) {
      // Somebody else removed it, or it was renewed after all.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}

/** The same for an API server that starts again, so that it finds its own Lease. */
function leaseName(hostname: string, endpoints: string): string {
  return `apiserver-${createHash('sha256').update(`${hostname} ${endpoints}`).digest('hex').slice(0, 26)}`;
}
