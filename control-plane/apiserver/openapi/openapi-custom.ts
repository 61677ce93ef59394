import { apiVersionOf, type ResourceType } from '../../../lib/kube/resources.ts';
import type { CustomVersion } from '../../registry/custom/custom-version.ts';
import type { JsonSchema, OpenApiVersion, SchemaBuilder } from './openapi-schemas.ts';

/** What version 2 of the document cannot say. */
const onlyInV3: ReadonlySet<string> = new Set([
  'nullable',
  'default',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'x-kubernetes-validations',
]);

const metadataDescription =
  "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/** Adds the types of a custom kind and of its list to a document; returns the names by which they are referred to. */
export function describeCustom(
  version: OpenApiVersion,
  resource: ResourceType,
  custom: CustomVersion,
  builder: SchemaBuilder,
): { readonly type: string; readonly listType: string } {
  const type = `${resource.group.split('.').reverse().join('.')}.${resource.version}.${resource.kind}`;
  const listType = `${type}List`;
  const apiVersion = apiVersionOf(resource);
  const own = (version === 'v3' ? custom.schema : forV2(custom.schema)) as JsonSchema & { properties?: JsonSchema };
  // What every object has is described alike, and as it is in any other kind.
  const apiVersionField = builder.member('V1ConfigMap', 'apiVersion');
  const kindField = builder.member('V1ConfigMap', 'kind');
  const metadata = { ...builder.member('V1ConfigMap', 'metadata'), description: metadataDescription };
  const gvk = (kind: string) => ({
    'x-kubernetes-group-version-kind': [{ group: resource.group, kind, version: resource.version }],
  });
  builder.define(type, {
    ...own,
    properties: {
      ...own.properties,
      apiVersion: apiVersionField,
      kind: kindField,
      metadata,
    },
    ...gvk(resource.kind),
  });
  builder.define(listType, {
    type: 'object',
    description: `${resource.kind}List is a list of ${resource.kind} of ${apiVersion}`,
    required: ['items'],
    properties: {
      apiVersion: apiVersionField,
      items: { type: 'array', items: builder.reference(type) },
      kind: kindField,
      metadata: builder.reference('V1ListMeta'),
    },
    ...gvk(`${resource.kind}List`),
  });
  return { type, listType };
}

function forV2(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(forV2);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { properties, ...rest } = schema as { readonly properties?: Readonly<Record<string, unknown>> };
  const kept = Object.entries(rest).filter(([name]) => !onlyInV3.has(name));
  return {
    ...Object.fromEntries(kept.map(([name, value]) => [name, forV2(value)])),
    // Names of properties are data, whatever they are.
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([n, p]) => [n, forV2(p)])) }
      : {}),
  };
}
