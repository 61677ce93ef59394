import { kubeTime } from '../../../lib/kube/time.ts';
import type { FlowSchema, KubeObject, PriorityLevelConfiguration } from '../../../lib/kube/types.ts';
import { isEqualJson } from '../../registry/api-object.ts';
import {
  autoupdateSpec,
  mandatoryFlowSchemas,
  mandatoryPriorityLevels,
  suggestedFlowSchemas,
  suggestedPriorityLevels,
} from '../../registry/flow-control-defaults.ts';

interface WithSpec extends KubeObject {
  readonly spec?: unknown;
}

export type FlowAction<T extends KubeObject> =
  | { readonly action: 'create' | 'update' | 'update status'; readonly object: T }
  | { readonly action: 'delete'; readonly object: T };

export interface FlowObjectsPlan {
  readonly levels: readonly FlowAction<PriorityLevelConfiguration>[];
  readonly schemas: readonly FlowAction<FlowSchema>[];
}

/**
 * What is to be done so that the cluster has its flow control objects, each as it should be. The mandatory ones are always kept; suggested ones are made when
 * there are none of that name, and kept up to date while their annotation says so; those that earlier versions suggested go. Schemas say whether their level is
 * there. Pure.
 */
export function planFlowObjects(
  levels: readonly PriorityLevelConfiguration[],
  schemas: readonly FlowSchema[],
  nowMs: number,
): FlowObjectsPlan {
  const names = new Set([...levels, ...mandatoryPriorityLevels].map(nameOf));
  return {
    levels: [...keep(levels, mandatoryPriorityLevels, suggestedPriorityLevels)],
    schemas: [
      ...keep(schemas, mandatoryFlowSchemas, suggestedFlowSchemas),
      ...schemas.flatMap((schema): FlowAction<FlowSchema>[] => {
        const status = danglingStatus(schema, names, nowMs);
        return status ? [{ action: 'update status', object: { ...schema, status } }] : [];
      }),
    ],
  };
}

function* keep<T extends WithSpec>(
  present: readonly T[],
  mandatory: readonly T[],
  suggested: readonly T[],
): Iterable<FlowAction<T>> {
  const byName = new Map(present.map((object) => [nameOf(object), object]));
  for (const wanted of [...mandatory, ...suggested]) {
    const object = byName.get(nameOf(wanted));
    const updated = object && brought(object, wanted, mandatory.includes(wanted));
    if (!object) yield { action: 'create', object: wanted };
    else if (updated) yield { action: 'update', object: updated };
  }
  const known = new Set([...mandatory, ...suggested].map(nameOf));
  for (const object of present)
    if (!known.has(nameOf(object)) && annotationOf(object) === 'true') yield { action: 'delete', object };
}

/** The object as it should be; `undefined` when it is so already. */
function brought<T extends WithSpec>(object: T, wanted: T, isMandatory: boolean): T | undefined {
  const isKept = (isMandatory && nameOf(object) !== 'exempt') || isAutoupdated(object);
  const annotation = isKept ? 'true' : 'false';
  const isSameSpec = !isKept || isEqualJson(object.spec, wanted.spec);
  if (isSameSpec && annotationOf(object) === annotation) return undefined;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, [autoupdateSpec]: annotation } },
    ...(isKept ? { spec: wanted.spec } : {}),
  };
}

/** Without a word about it, an object that nobody has changed yet is still the server's. */
function isAutoupdated(object: KubeObject): boolean {
  const said = annotationOf(object);
  if (said === 'true' || said === 'false') return said === 'true';
  return object.metadata?.generation === 1;
}

function danglingStatus(
  { spec, status }: FlowSchema,
  levels: ReadonlySet<string>,
  nowMs: number,
): FlowSchema['status'] | undefined {
  const level = spec?.priorityLevelConfiguration.name ?? '';
  const about = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  const wanted = levels.has(level)
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${about} and it exists` }
    : { type: 'Dangling', status: 'True', reason: 'NotFound', message: `${about} but there is no such object` };
  const present = status?.conditions?.find(({ type }) => type === 'Dangling');
  if (present && isEqualJson({ ...present, lastTransitionTime: undefined }, wanted)) return undefined;
  const others = (status?.conditions ?? []).filter(({ type }) => type !== 'Dangling');
  return { ...status, conditions: [...others, { ...wanted, lastTransitionTime: kubeTime(nowMs) }] };
}

function nameOf({ metadata }: KubeObject): string {
  return metadata?.name ?? '';
}

function annotationOf({ metadata }: KubeObject): string | undefined {
  return metadata?.annotations?.[autoupdateSpec];
}
