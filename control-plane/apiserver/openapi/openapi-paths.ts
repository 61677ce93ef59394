import { apiVersionOf, type ResourceType } from '../../../lib/kube/resources.ts';
import { typeOfKind } from '../../../lib/kube/schema-tables.ts';
import type { CustomVersion } from '../../registry/custom/custom-version.ts';
import type { SubresourceRow } from '../../registry/definition.ts';
import { describeCustom } from './openapi-custom.ts';
import { pathParameters, queryParameters, type ParameterSet } from './openapi-parameters.ts';
import type { JsonSchema, OpenApiVersion, SchemaBuilder } from './openapi-schemas.ts';

/** What is described of a kind: its row and its subresources. */
export interface DocumentedResource {
  readonly resource: ResourceType;
  readonly hasStatus: boolean;
  readonly scale?: unknown;
  readonly subresources: readonly SubresourceRow[];
  /** Other groups or versions under which the same objects are served. */
  readonly views: readonly { readonly resource: ResourceType }[];
  readonly custom?: ReadonlyMap<string, CustomVersion> | undefined;
  /** The only thing that can be done with it, where that is not everything: to read what is computed, or to post what is answered and not stored. */
  readonly allows?: 'reading' | 'post' | undefined;
}

interface Operation {
  readonly method: 'get' | 'put' | 'post' | 'patch' | 'delete';
  /** As in `x-kubernetes-action`. */
  readonly action: string;
  readonly parameters: ParameterSet;
  /** Type of the body; a patch has none. */
  readonly body?: string | undefined;
  readonly answer?: string | undefined;
}

interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const patchTypes = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

/** The paths of one kind with all operations on them. */
export function pathsOf(
  version: OpenApiVersion,
  documented: DocumentedResource,
  builder: SchemaBuilder,
): Readonly<Record<string, JsonSchema>> {
  const { resource } = documented;
  const apiVersion = apiVersionOf(resource);
  const custom = documented.custom?.get(apiVersion);
  const { type, listType } = custom
    ? describeCustom(version, resource, custom, builder)
    : { type: typeOfKind(apiVersion, resource.kind), listType: typeOfKind(apiVersion, `${resource.kind}List`) };
  if (type === undefined) return {};
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersion}`;
  const collection = `${root}/${resource.namespaced ? 'namespaces/{namespace}/' : ''}${resource.plural}`;
  const object = `${collection}/{name}`;
  const paths: Record<string, JsonSchema> = {};
  const describe = (path: string, operations: readonly Operation[], gvk: Gvk = resource) => {
    paths[path] = pathItem(version, path, operations, gvk, builder);
  };

  const list: Operation = { method: 'get', action: 'list', parameters: 'list', answer: listType };
  const post: Operation = { method: 'post', action: 'post', parameters: 'write', body: type, answer: type };
  if (documented.allows === 'post') {
    describe(collection, [post]);
    return paths;
  }
  if (documented.allows === 'reading') {
    describe(collection, [list]);
    describe(object, [{ method: 'get', action: 'get', parameters: 'get', answer: type }]);
    return paths;
  }
  describe(collection, [
    list,
    post,
    {
      method: 'delete',
      action: 'deletecollection',
      parameters: 'deletecollection',
      body: 'V1DeleteOptions',
      answer: 'V1Status',
    },
  ]);
  if (resource.namespaced) describe(`${root}/${resource.plural}`, [list]);
  describe(object, [
    ...readAndChange(type),
    { method: 'delete', action: 'delete', parameters: 'delete', body: 'V1DeleteOptions', answer: 'V1Status' },
  ]);
  if (documented.hasStatus) describe(`${object}/status`, readAndChange(type));
  if (documented.scale !== undefined) {
    describe(`${object}/scale`, readAndChange('V1Scale'), { group: 'autoscaling', version: 'v1', kind: 'Scale' });
  }
  for (const subresource of documented.subresources) {
    const gvk = {
      group: subresource.group ?? resource.group,
      version: subresource.version ?? resource.version,
      kind: subresource.kind,
    };
    describe(`${object}/${subresource.name}`, subresourceOperations(subresource, gvk), gvk);
  }
  return paths;
}

function readAndChange(type: string): readonly Operation[] {
  return [
    { method: 'get', action: 'get', parameters: 'get', answer: type },
    { method: 'put', action: 'put', parameters: 'write', body: type, answer: type },
    { method: 'patch', action: 'patch', parameters: 'patch', answer: type },
  ];
}

const methods: Readonly<Record<string, Operation['method']>> = {
  get: 'get',
  create: 'post',
  update: 'put',
  patch: 'patch',
  delete: 'delete',
};

function subresourceOperations({ verbs }: SubresourceRow, gvk: Gvk): readonly Operation[] {
  const type = typeOfKind(apiVersionOf(gvk), gvk.kind);
  return verbs.flatMap((verb): Operation[] => {
    const method = methods[verb];
    if (!method) return [];
    if (type === undefined) return [{ method, action: 'connect', parameters: 'connect' }];
    const parameters: ParameterSet = verb === 'get' ? 'get' : verb === 'patch' ? 'patch' : 'write';
    const hasBody = verb === 'create' || verb === 'update';
    return [{ method, action: method, parameters, answer: type, ...(hasBody ? { body: type } : {}) }];
  });
}

function pathItem(
  version: OpenApiVersion,
  path: string,
  operations: readonly Operation[],
  gvk: Gvk,
  builder: SchemaBuilder,
): JsonSchema {
  const parameters = pathParameters(version, path);
  return {
    ...Object.fromEntries(operations.map((one) => [one.method, operationObject(version, path, one, gvk, builder)])),
    ...(parameters.length > 0 ? { parameters } : {}),
  };
}

function operationObject(
  version: OpenApiVersion,
  path: string,
  operation: Operation,
  { group, version: apiVersion, kind }: Gvk,
  builder: SchemaBuilder,
): JsonSchema {
  const answer = operation.answer === undefined ? { type: 'string' } : known(operation.answer, builder);
  const tag = `${path.startsWith('/api/') ? 'core' : (path.split('/')[2]?.split('.')[0] ?? '')}_${path.split('/')[path.startsWith('/api/') ? 2 : 3] ?? ''}`;
  const body =
    operation.action === 'patch'
      ? { type: 'object' }
      : operation.body === undefined
        ? undefined
        : known(operation.body, builder);
  const isOptional = operation.body === 'V1DeleteOptions';
  const mediaTypes = operation.action === 'patch' ? patchTypes : ['application/json', 'application/yaml'];
  const query = queryParameters(version, operation.parameters);
  const common = {
    operationId: operationId(path, operation),
    tags: [tag],
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group, kind, version: apiVersion },
  };
  if (version === 'v2') {
    return {
      ...common,
      consumes: body === undefined ? ['*/*'] : mediaTypes,
      produces: ['application/json', 'application/yaml'],
      schemes: ['https'],
      parameters: [
        ...(body === undefined
          ? []
          : [{ name: 'body', in: 'body', ...(isOptional ? {} : { required: true }), schema: body }]),
        ...query,
      ],
      responses: { 200: { description: 'OK', schema: answer }, 401: { description: 'Unauthorized' } },
    };
  }
  return {
    ...common,
    parameters: query,
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            ...(isOptional ? {} : { required: true }),
            content: Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema: body }])),
          },
        }),
    responses: {
      200: {
        description: 'OK',
        content: { 'application/json': { schema: answer }, 'application/yaml': { schema: answer } },
      },
      401: { description: 'Unauthorized' },
    },
  };
}

function known(typeName: string, builder: SchemaBuilder): JsonSchema {
  return builder.has(typeName) ? builder.reference(typeName) : { type: 'object' };
}

/** Unique in the document: the method and the path in camel case. */
function operationId(path: string, { method, action }: Operation): string {
  const words = path.split('/').flatMap((part) => part.replaceAll(/[{}]/g, '').split(/[.\-_]/));
  const name = words.filter((word) => word !== '').map((word) => word[0]?.toUpperCase() + word.slice(1));
  return `${action === 'connect' ? `connect${method.toUpperCase()}` : action}${name.join('')}`;
}
