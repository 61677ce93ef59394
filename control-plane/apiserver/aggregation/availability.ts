import { kubeTime } from '../../../lib/kube/time.ts';
import type { APIService, EndpointSlice, Service } from '../../../lib/kube/types.ts';
import { locallyAvailable } from '../../registry/strategies/api-service.ts';
import type { Route } from './routes.ts';

/** Whether an aggregated server can be asked, and why not. */
export interface Availability {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

export const passed: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' };

export function failedDiscoveryCheck(message: string): Availability {
  return unavailable('FailedDiscoveryCheck', message);
}

/** What is wrong with the Service of a route, in upstream's words; `undefined` when the server behind it is worth asking. Pure. */
export function serviceProblem(
  { service: { namespace, name, port } }: Pick<Route, 'service'>,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
): Availability | undefined {
  const where = `service/${name} in ${JSON.stringify(namespace)}`;
  if (!service) return unavailable('ServiceNotFound', `${where} is not present`);
  if ((service.spec?.type ?? 'ClusterIP') !== 'ClusterIP') return undefined;
  const found = service.spec?.ports?.find((one) => one.port === port);
  if (!found) return unavailable('ServicePortError', `${where} is not listening on port ${port}`);
  if (slices.length === 0) return unavailable('EndpointsNotFound', `cannot find endpointslices for ${where}`);
  const portName = found.name ?? '';
  const hasAddress = slices.some(
    ({ ports, endpoints }) =>
      ports?.some((one) => (one.name ?? '') === portName) === true &&
      endpoints?.some(({ addresses, conditions }) => addresses.length > 0 && conditions?.ready !== false) === true,
  );
  if (hasAddress) return undefined;
  return unavailable(
    'MissingEndpoints',
    `endpointslices for ${where} have no addresses with port name ${JSON.stringify(portName)}`,
  );
}

type Status = NonNullable<APIService['status']>;

/** The status of an APIService that says so; the present one when it says so already. `undefined`: this server answers itself. */
export function statusWith(present: Status | undefined, availability: Availability | undefined, nowMs: number): Status {
  const conditions = present?.conditions ?? [];
  const before = conditions.find(({ type }) => type === 'Available');
  const told = availability ?? locallyAvailable(undefined);
  if (before && before.status === told.status && before.reason === told.reason && before.message === told.message)
    return present ?? {};
  const lastTransitionTime =
    before?.status === told.status && before.lastTransitionTime !== undefined
      ? before.lastTransitionTime
      : kubeTime(nowMs);
  const { status, reason, message } = told;
  const condition = { type: 'Available', status, reason, message, lastTransitionTime };
  return {
    ...present,
    conditions: before ? conditions.map((one) => (one === before ? condition : one)) : [...conditions, condition],
  };
}

function unavailable(reason: string, message: string): Availability {
  return { status: 'False', reason, message };
}
