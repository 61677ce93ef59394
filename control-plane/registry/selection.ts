import { fieldValue, parseFieldSelector } from '../../lib/kube/field-selector.ts';
import { parseLabelSelector, SelectorError } from '../../lib/kube/label-selector.ts';
import { badRequest } from '../../lib/kube/status-errors.ts';
import type { ApiObject } from './api-object.ts';
import type { ResourceDefinition } from './definition.ts';

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
}

/** Throws 400 for selectors that cannot be understood or name a field that this kind does not offer. */
export function parseSelection(definition: ResourceDefinition, options: SelectionOptions): Selection {
  const { namespace, labelSelector, fieldSelector } = options;
  if (!labelSelector && !fieldSelector) {
    return {
      namespace,
      name: undefined,
      isEverything: true,
      matches: (object) => namespace === undefined || object.metadata.namespace === namespace,
    };
  }
  try {
    const labels = parseLabelSelector(labelSelector ?? '');
    const fields = parseFieldSelector(fieldSelector ?? '');
    for (const { field } of fields.requirements) {
      if (!isSelectable(definition, field)) {
        throw badRequest(
          `Unable to find "${definition.resource.group === '' ? '' : `${definition.resource.group}/`}${definition.resource.version}, Resource=${definition.resource.plural}" that match label selector "${labelSelector ?? ''}", field selector "${fieldSelector ?? ''}": field label not supported: ${field}`,
        );
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

function isSelectable(definition: ResourceDefinition, field: string): boolean {
  return (
    field === 'metadata.name' || field === 'metadata.namespace' || Object.hasOwn(definition.selectableFields, field)
  );
}

function selectableValue(definition: ResourceDefinition, object: ApiObject, field: string): string {
  const path = definition.selectableFields[field];
  return typeof path === 'function' ? path(object) : fieldValue(object, path ?? field);
}
