import { createHash } from 'node:crypto';
import { readDescriptions } from '../../../lib/kube/schema-tables.ts';
import { apiVersionOf } from '../../../lib/kube/resources.ts';
import { pathsOf, type DocumentedResource } from './openapi-paths.ts';
import { SchemaBuilder, type JsonSchema } from './openapi-schemas.ts';

/** What the documents say about the server. */
export interface DocumentInfo {
  /** `v1.36.0`. */
  readonly version: string;
}

const title = 'Kubernetes';

/** `GET /openapi/v3`: where the document of each group version is; the hash changes when the document does. `elsewhere`: those of other servers. */
export function openapiIndex(
  definitions: readonly DocumentedResource[],
  info: DocumentInfo,
  elsewhere: readonly (readonly [path: string, location: string])[] = [],
): JsonSchema {
  const paths: Record<string, JsonSchema> = {};
  for (const { group, version } of groupVersions(definitions)) {
    const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
    const hash = documentHash(group, version, definitions, info);
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  }
  for (const [path, location] of elsewhere) paths[path] = { serverRelativeURL: location };
  return { paths };
}

/** The hash in the index, also the ETag of the document. Does not build it. */
export function documentHash(
  group: string,
  version: string,
  definitions: readonly DocumentedResource[],
  info: DocumentInfo,
): string {
  const rows = of(group, version, definitions).map(({ resource, hasStatus, scale, subresources, custom }) => [
    resource,
    hasStatus,
    scale !== undefined,
    subresources,
    custom?.get(apiVersionOf(resource))?.schema,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([info, rows]))
    .digest('hex')
    .toUpperCase();
}

/** `GET /openapi/v3/apis/{group}/{version}`; `undefined` when nothing of it is served. Built anew each time: clients keep it by its hash. */
export function openapiV3(
  group: string,
  version: string,
  definitions: readonly DocumentedResource[],
  info: DocumentInfo,
): JsonSchema | undefined {
  const documented = of(group, version, definitions);
  if (documented.length === 0) return undefined;
  const builder = new SchemaBuilder('v3', readDescriptions());
  const paths: Record<string, JsonSchema> = {};
  for (const one of documented) Object.assign(paths, pathsOf('v3', one, builder));
  return {
    openapi: '3.0.0',
    info: { title, version: info.version },
    paths,
    components: {
      schemas: builder.schemas,
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          in: 'header',
          name: 'authorization',
          description: 'Bearer Token authentication',
        },
      },
    },
  };
}

/** `GET /openapi/v2`: everything in one document. */
export function openapiV2(definitions: readonly DocumentedResource[], info: DocumentInfo): JsonSchema {
  const builder = new SchemaBuilder('v2', readDescriptions());
  const paths: Record<string, JsonSchema> = {};
  for (const one of withViews(definitions)) Object.assign(paths, pathsOf('v2', one, builder));
  return {
    swagger: '2.0',
    info: { title, version: info.version },
    paths,
    definitions: builder.schemas,
    securityDefinitions: {
      BearerToken: { type: 'apiKey', in: 'header', name: 'authorization', description: 'Bearer Token authentication' },
    },
    security: [{ BearerToken: [] }],
  };
}

function withViews(definitions: readonly DocumentedResource[]): readonly DocumentedResource[] {
  return definitions.flatMap((one) => [
    ...(one.custom === undefined || one.custom.has(apiVersionOf(one.resource)) ? [one] : []),
    ...one.views.map(({ resource }) => ({ ...one, resource, views: [] })),
  ]);
}

function of(group: string, version: string, definitions: readonly DocumentedResource[]): readonly DocumentedResource[] {
  return withViews(definitions).filter(({ resource }) => resource.group === group && resource.version === version);
}

function groupVersions(definitions: readonly DocumentedResource[]): readonly { group: string; version: string }[] {
  const found = new Map<string, { group: string; version: string }>();
  for (const { resource } of withViews(definitions)) {
    found.set(`${resource.group}/${resource.version}`, { group: resource.group, version: resource.version });
  }
  return [...found.values()];
}
