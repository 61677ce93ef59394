import { fieldValue, parseFieldSelector } from '../../lib/kube/field-selector.ts';
import { parseLabelSelector, SelectorError } from '../../lib/kube/label-selector.ts';
import { badRequest } from '../../lib/kube/status-errors.ts';
import type { ApiObject } from './api-object.ts';
import type { ResourceDefinition, SelectableFields } from './definition.ts';

/** Which objects of a kind a list, a watch or a collection delete is about; parsed once. */
export interface Selection {
  readonly namespace: string | undefined;
  /** When the field selector names exactly one object. */
  readonly name: string | undefined;
  /** No selector at all: everything in the namespace (or everywhere). */
  readonly isEverything: boolean;
  /** Looks at selectors and namespace. */
  matches(object: ApiObject): boolean;
}

export interface SelectionOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Those of the view through which it is asked for. */
  readonly selectableFields?: SelectableFields | undefined;
}

/** What selectors must know of a kind. */
type Selectable = Pick<ResourceDefinition, 'resource' | 'selectableFields' | 'custom'>;

/** Throws 400 for selectors that cannot be understood or name a field that this kind does not offer. */
export function parseSelection(kind: Selectable, options: SelectionOptions): Selection {
  const { namespace, labelSelector, fieldSelector, selectableFields = kind.selectableFields } = options;
  if (!labelSelector && !fieldSelector) {
    return {
      namespace,
      name: undefined,
      isEverything: true,
      matches: (object) => namespace === undefined || object.metadata.namespace === namespace,
    };
  }
  const definition = { resource: kind.resource, custom: kind.custom, selectableFields };
  try {
    const labels = parseLabelSelector(labelSelector ?? '');
    const fields = parseFieldSelector(fieldSelector ?? '');
    for (const { field } of fields.requirements) {
      if (!isSelectable(definition, field)) {
        throw badRequest(notSelectable(definition, field));
      }
    }
    return {
      namespace,
      name: fields.exactValueOf('metadata.name'),
      isEverything: labels.isEverything && fields.isEverything,
      matches: (object) =>
        (namespace === undefined || object.metadata.namespace === namespace) &&
        labels.matches(object.metadata.labels) &&
        (fields.isEverything || fields.matches((field) => selectableValue(definition, object, field))),
    };
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

/** Kinds with fields of their own say less than those that have but name and namespace; some have words of their own. */
function notSelectable(definition: Selectable, field: string): string {
  const { group, version, kind } = definition.resource;
  if (group === 'batch' && kind === 'Job') return `field label ${JSON.stringify(field)} not supported for Job`;
  if (kind === 'ResourceSlice')
    return `field label not supported for ${group}/${version}, Kind=ResourceSlice: ${field}`;
  return hasOwnFields(definition)
    ? `field label not supported: ${field}`
    : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function hasOwnFields({ selectableFields, custom }: Selectable): boolean {
  return custom !== undefined || Object.keys(selectableFields).length > 0;
}

function isSelectable(definition: Selectable, field: string): boolean {
  if (field === 'metadata.name' || Object.hasOwn(definition.selectableFields, field)) return true;
  // Kinds without a namespace that list their fields do not list it.
  const { resource, custom } = definition;
  return field === 'metadata.namespace' && (resource.namespaced || custom !== undefined || !hasOwnFields(definition));
}

function selectableValue(definition: Selectable, object: ApiObject, field: string): string {
  const path = definition.selectableFields[field];
  return typeof path === 'function' ? path(object) : fieldValue(object, path ?? field);
}
