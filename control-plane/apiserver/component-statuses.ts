import { leases, type ResourceType } from '../../lib/kube/resources.ts';
import { methodNotAllowed, notFound, pathNotFound } from '../../lib/kube/status-errors.ts';
import type { ComponentStatus, Lease } from '../../lib/kube/types.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { column, nameColumn, type Column } from '../registry/columns/column.ts';
import type { Registry } from '../registry/registry.ts';
import type { ComputedHandler } from './handlers.ts';
import type { DocumentedResource } from './openapi/openapi-paths.ts';
import { parseSelection } from '../registry/selection.ts';
import { builtInAnswer } from './negotiate.ts';
import { partialMetadata, tableOf } from './table.ts';
import { includeObjectOf } from './verbs/answer.ts';
import { listRequest } from './verbs/read.ts';

/** Computed when it is asked for: nothing of it is stored. */
export const componentStatuses: ResourceType<ComponentStatus> = {
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  namespaced: false,
  shortNames: ['cs'],
  categories: [],
};

/** What OpenAPI says of it. */
export const documentedComponentStatuses: DocumentedResource = {
  resource: componentStatuses,
  hasStatus: false,
  subresources: [],
  views: [],
  allows: 'reading',
};

const DEPRECATION = 'v1 ComponentStatus is deprecated in v1.19+';
/** Where several control planes agree on which of them decides. */
const LEAD = 'kube-system/vigil-control-plane';

type Condition = NonNullable<ComponentStatus['conditions']>[number];

const conditionOf = ({ conditions }: ComponentStatus): Condition | undefined =>
  conditions?.find(({ type }) => type === 'Healthy');
const columns: readonly Column[] = [
  nameColumn,
  column<ComponentStatus>('Status', (one) => {
    const condition = conditionOf(one);
    if (!condition) return 'Unknown';
    return condition.status === 'True' ? 'Healthy' : 'Unhealthy';
  }),
  column<ComponentStatus>('Message', (one) => conditionOf(one)?.message ?? ''),
  column<ComponentStatus>('Error', (one) => conditionOf(one)?.error ?? ''),
];

/**
 * The parts of the control plane as upstream names them. Scheduler and controllers run in the process that leads: in this one, unless there is a lease that says
 * which. Pure.
 */
export function statusesOf(
  isStoreHealthy: boolean,
  lead: Lease | undefined,
  nowMs: number,
): readonly (ComponentStatus & ApiObject)[] {
  const { renewTime, leaseDurationSeconds = 0 } = lead?.spec ?? {};
  const isLed = !renewTime || nowMs - Date.parse(renewTime) <= leaseDurationSeconds * 1000;
  const leading = isLed ? undefined : `nobody leads: the lease ${LEAD} was last renewed at ${renewTime}`;
  return [
    statusOf('scheduler', leading),
    statusOf('controller-manager', leading),
    statusOf('etcd-0', isStoreHealthy ? undefined : 'the watch of the store has ended'),
  ];
}

function statusOf(name: string, error: string | undefined): ComponentStatus & ApiObject {
  const condition: Condition =
    error === undefined
      ? { type: 'Healthy', status: 'True', message: 'ok' }
      : { type: 'Healthy', status: 'False', error };
  return { kind: 'ComponentStatus', apiVersion: 'v1', metadata: { name }, conditions: [condition] };
}

const offered = { resource: componentStatuses, selectableFields: {} };

/** GET of one or of all; they cannot be watched or written. */
export function componentStatusHandler(registry: Registry): ComputedHandler {
  return (exchange) => {
    const { verb, name, subresource } = exchange.info;
    exchange.warn(DEPRECATION);
    if (subresource !== undefined) throw pathNotFound();
    if (verb !== 'get' && verb !== 'list') throw methodNotAllowed();
    const selection = parseSelection(offered, listRequest(offered, exchange));
    const lead = registry.of(leases).cache.get(LEAD)?.object as Lease | undefined;
    const found = statusesOf(registry.isHealthy, lead, registry.clock.now()).filter((one) =>
      name === undefined ? selection.matches(one) : one.metadata.name === name,
    );
    const [first] = found;
    if (verb === 'get' && !first) throw notFound(componentStatuses, name ?? '');
    const representation = exchange.representation({ ...builtInAnswer, hasTable: true });
    if (representation.as === 'Table') {
      const table = tableOf(columns, found, {
        version: representation.version,
        nowMs: registry.clock.now(),
        includeObject: includeObjectOf(exchange.query),
        metadata: {},
        withColumns: true,
      });
      exchange.sendValue(200, table, representation);
      return;
    }
    const shown = (one: ApiObject) =>
      representation.as === 'object' ? one : partialMetadata(one, representation.version);
    if (verb === 'get' && first) exchange.sendValue(200, shown(first), representation);
    else {
      const type =
        representation.as === 'object'
          ? { kind: 'ComponentStatusList', apiVersion: 'v1' }
          : { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${representation.version}` };
      exchange.sendValue(200, { ...type, metadata: {}, items: found.map(shown) }, representation);
    }
  };
}
