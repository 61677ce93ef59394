import { isIP } from 'node:net';
import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { FieldError } from '../strategy.ts';
import { ipAddress } from './addresses.ts';
import { follows } from './field-checks.ts';
import { invalidValue } from './field-errors.ts';

interface Entry {
  readonly ip?: string | undefined;
  readonly hostname?: string | undefined;
}

/** Where a balancer is reached, of a Service or an Ingress. `known` is what was said before. */
export function loadBalancerErrors(
  entries: readonly Entry[] = [],
  known: readonly Entry[] = [],
): readonly FieldError[] {
  const knownIps = known.flatMap(({ ip }) => ip ?? []);
  return entries.flatMap(({ ip, hostname }, index) => {
    const at = `status.loadBalancer.ingress[${index}]`;
    return [
      ...(ip ? ipAddress(`${at}.ip`, ip, knownIps) : []),
      ...(hostname ? hostnameErrors(`${at}.hostname`, hostname) : []),
    ];
  });
}

function hostnameErrors(field: string, hostname: string): readonly FieldError[] {
  if (isIP(hostname) !== 0) return [invalidValue(field, hostname, 'must be a DNS name, not an IP address')];
  return follows(field, hostname, isDns1123Subdomain);
}
