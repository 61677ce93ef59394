import type { ServiceRoute } from './routes.ts';

/** Datagrams from a client to `address` that the kernel still sends to `backend`. */
export interface StaleFlow {
  readonly address: string;
  readonly backend: string;
}

/**
 * Flows that outlive a change of rules: unlike a TCP connection, a flow of datagrams never ends by itself while the client keeps sending, and would go to
 * an endpoint that is gone for ever.
 */
export function staleFlows(before: readonly ServiceRoute[], after: readonly ServiceRoute[]): readonly StaleFlow[] {
  const current = new Map(after.map((route) => [route.id, route]));
  return before.flatMap((old) => {
    if (old.protocol !== 'udp') return [];
    const now = current.get(old.id);
    const kept = new Set(now?.clusterIP === old.clusterIP ? now.backends.map(({ ip }) => ip) : []);
    const gone = old.backends.filter(({ ip }) => !kept.has(ip));
    return [old.clusterIP, ...old.externalIPs].flatMap((address) => gone.map(({ ip }) => ({ address, backend: ip })));
  });
}
