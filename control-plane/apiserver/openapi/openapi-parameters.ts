import type { JsonSchema, OpenApiVersion } from './openapi-schemas.ts';

type ParameterType = 'string' | 'integer' | 'boolean';

interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly description: string;
}

const pretty: Parameter = {
  name: 'pretty',
  type: 'string',
  description: "If 'true', then the output is pretty printed.",
};

const selection: readonly Parameter[] = [
  {
    name: 'labelSelector',
    type: 'string',
    description: 'A selector to restrict the list of returned objects by their labels. Defaults to everything.',
  },
  {
    name: 'fieldSelector',
    type: 'string',
    description: 'A selector to restrict the list of returned objects by their fields. Defaults to everything.',
  },
  { name: 'limit', type: 'integer', description: 'The most objects to return in one answer.' },
  { name: 'continue', type: 'string', description: 'Where the next page begins, as the last answer said.' },
  { name: 'resourceVersion', type: 'string', description: 'The revision that the answer must at least be of.' },
  { name: 'resourceVersionMatch', type: 'string', description: 'How resourceVersion is applied to list calls.' },
  { name: 'timeoutSeconds', type: 'integer', description: 'Timeout for the list or watch call.' },
];

const watching: readonly Parameter[] = [
  { name: 'watch', type: 'boolean', description: 'Send changes as they happen instead of a list.' },
  { name: 'allowWatchBookmarks', type: 'boolean', description: 'Ask for watch events of type "BOOKMARK".' },
  {
    name: 'sendInitialEvents',
    type: 'boolean',
    description: 'Begin a watch with an event for each object that is there, ended by a bookmark.',
  },
];

const writing: readonly Parameter[] = [
  { name: 'dryRun', type: 'string', description: 'When "All", nothing is persisted.' },
  { name: 'fieldManager', type: 'string', description: 'The name of who makes the change.' },
  {
    name: 'fieldValidation',
    type: 'string',
    description: 'What to do about unknown or duplicate fields: Ignore, Warn or Strict.',
  },
];

const deleting: readonly Parameter[] = [
  { name: 'dryRun', type: 'string', description: 'When "All", nothing is persisted.' },
  { name: 'gracePeriodSeconds', type: 'integer', description: 'Seconds before the object is deleted; 0 is at once.' },
  { name: 'propagationPolicy', type: 'string', description: 'Orphan, Background or Foreground.' },
];

export type ParameterSet = 'get' | 'list' | 'write' | 'patch' | 'delete' | 'deletecollection' | 'connect';

const sets: Readonly<Record<ParameterSet, readonly Parameter[]>> = {
  get: [pretty],
  list: [pretty, ...selection, ...watching],
  write: [pretty, ...writing],
  patch: [
    pretty,
    ...writing,
    { name: 'force', type: 'boolean', description: 'Take over conflicting fields; for apply requests only.' },
  ],
  delete: [pretty, ...deleting],
  deletecollection: [pretty, ...selection, ...deleting.filter(({ name }) => name !== 'continue')],
  connect: [],
};

/** The query parameters of a kind of request. */
export function queryParameters(version: OpenApiVersion, set: ParameterSet): readonly JsonSchema[] {
  return sets[set].map(({ name, type, description }) => parameter(version, name, type, 'query', description));
}

/** The parameters that are named in a path. */
export function pathParameters(version: OpenApiVersion, path: string): readonly JsonSchema[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  return names.map((name) => parameter(version, name, 'string', 'path', pathDescriptions[name] ?? `the ${name}`));
}

const pathDescriptions: Readonly<Record<string, string>> = {
  name: 'name of the object',
  namespace: 'object name and auth scope, such as for teams and projects',
  path: 'path of the resource',
};

function parameter(
  version: OpenApiVersion,
  name: string,
  type: ParameterType,
  place: 'query' | 'path',
  description: string,
): JsonSchema {
  return {
    name,
    in: place,
    description,
    ...(place === 'path' ? { required: true } : {}),
    ...(version === 'v3' ? { schema: { type, uniqueItems: true } } : { type, uniqueItems: true }),
  };
}
