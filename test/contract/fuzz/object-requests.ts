import fc from 'fast-check';
import type { Method } from '../conformance/api-client.ts';
import { placesIn, type Path } from './json-places.ts';
import { changesOf, differenceOf, statusChange, withChanges, type Change, type JsonObject } from './object-changes.ts';
import type { SchemaValues, ValueSchema } from './schema-values.ts';

/** A valid object that is there, and what may be done with it. */
export interface FuzzedObject {
  /** Of its collection. */
  readonly path: string;
  readonly name: string;
  /** With its `apiVersion` and `kind`. */
  readonly object: JsonObject;
  readonly schema: ValueSchema;
  readonly values: SchemaValues;
  /** `put /status`, `patch `, as its document names them. */
  readonly operations: readonly string[];
}

export interface ObjectRequest {
  readonly method: Method;
  readonly url: string;
  readonly body?: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Objects that are made beside the one that is there have one of so many names. */
const MADE = 30;

const accept = fc.constantFrom(
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
);
const query = fc
  .tuple(fc.constantFrom('Strict', 'Warn', 'Ignore'), fc.boolean())
  .map(([validation, isDry]) => `fieldValidation=${validation}${isDry ? '&dryRun=All' : ''}`);
const replicas = fc.constantFrom<unknown>(-1, 0, 3, 2 ** 31, 2 ** 53, null, 'x');

/** Requests that change, replace, read or delete an object in most of the ways that there are. */
export function requestsOn(there: FuzzedObject): fc.Arbitrary<ObjectRequest> {
  const { object, schema, values, operations, path, name } = there;
  const at = `${path}/${name}`;
  const changes = fc.array(changesOf(object, schema, values), { minLength: 1, maxLength: 3 });
  const status = statusChange(schema, values) ?? changesOf(object, schema, values);
  const parts = (verb: string) =>
    fc.constantFrom(
      '',
      '',
      '',
      ...operations.filter((one) => one.startsWith(verb)).map((one) => one.slice(verb.length)),
    );
  /** The object as it is to be, with another status where that is what is written. */
  const wanted = (part: string) =>
    fc.tuple(changes, status).map(([some, one]) => withChanges(object, part === '/status' ? [...some, one] : some));
  const request = (
    method: Method,
    url: fc.Arbitrary<string>,
    body?: fc.Arbitrary<unknown>,
    type = 'application/json',
  ) =>
    fc.record({ url, query, accept, body: body ?? fc.constant(undefined) }).map((made): ObjectRequest => ({
      method,
      url: `${made.url}${made.url.includes('?') ? '&' : '?'}${made.query}`,
      headers: { accept: made.accept, ...(made.body === undefined ? {} : { 'content-type': type }) },
      ...(made.body === undefined ? {} : { body: made.body }),
    }));
  const patched = (type: string, body: (wanted: JsonObject) => fc.Arbitrary<unknown>, parameters = '') =>
    parts('patch ').chain((part) =>
      request('PATCH', fc.constant(`${at}${part}${parameters}`), wanted(part).chain(body), type),
    );
  const created = fc.tuple(wanted(''), fc.nat({ max: MADE })).map(([body, number]) => renamed(body, name, number));
  const scaled = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name } };
  const posted = operations.filter((one) => one.startsWith('post ')).map((one) => one.slice('post '.length));
  return fc.oneof(
    { weight: 2, arbitrary: request('POST', fc.constant(path), created) },
    { weight: 4, arbitrary: parts('put ').chain((part) => request('PUT', fc.constant(`${at}${part}`), wanted(part))) },
    { weight: 1, arbitrary: request('PUT', fc.constant(at), values.of(schema, 6)) },
    { weight: 1, arbitrary: request('POST', fc.constant(path), values.of(schema, 6)) },
    { weight: 2, arbitrary: patched('application/merge-patch+json', (to) => fc.constant(differenceOf(object, to))) },
    {
      weight: 2,
      arbitrary: patched('application/strategic-merge-patch+json', (to) => directed(differenceOf(object, to))),
    },
    {
      weight: 2,
      arbitrary: patched('application/apply-patch+yaml', (to) => fc.constant(to), '?fieldManager=one&force=true'),
    },
    { weight: 1, arbitrary: patched('application/apply-patch+yaml', (to) => fc.constant(to), '?fieldManager=two') },
    {
      weight: 2,
      arbitrary: request(
        'PATCH',
        fc.constant(at),
        changes.chain((some) => operationsOf(object, some)),
        'application/json-patch+json',
      ),
    },
    {
      weight: 2,
      arbitrary: request(
        'GET',
        fc.constantFrom(at, path, `${path}?limit=2`, `${path}?fieldSelector=metadata.name%3D${name}`),
      ),
    },
    { weight: 1, arbitrary: request('DELETE', fc.constant(at), deletionOf(object)) },
    ...(operations.includes('put /scale')
      ? [
          {
            weight: 1,
            arbitrary: request(
              'PUT',
              fc.constant(`${at}/scale`),
              replicas.map((count) => ({ ...scaled, spec: { replicas: count } })),
            ),
          },
        ]
      : []),
    ...(posted.length === 0
      ? []
      : [
          {
            weight: 1,
            arbitrary: request(
              'POST',
              fc.constantFrom(...posted).map((part) => `${at}${part}`),
              postedOn(object),
            ),
          },
        ]),
  );
}

/** A name of its own, where the name says nothing more. */
function renamed(object: JsonObject, name: string, number: number): JsonObject {
  return name.includes('.')
    ? object
    : { ...object, metadata: { ...(object['metadata'] as object), name: `made-${number}` } };
}

/** What is posted to subresources: bindings, evictions, requests for tokens. */
function postedOn(object: JsonObject): fc.Arbitrary<unknown> {
  const part = fc.constantFrom<unknown>(object['metadata'], object['spec'], 'x', null, ['a'], 1);
  return fc.record(
    {
      metadata: fc.constant(object['metadata']),
      target: part,
      deleteOptions: part,
      spec: fc.record({ audiences: part, expirationSeconds: replicas, boundObjectRef: part }, { requiredKeys: [] }),
    },
    { requiredKeys: ['metadata'] },
  );
}

function deletionOf(object: JsonObject): fc.Arbitrary<unknown> {
  return fc.record(
    {
      gracePeriodSeconds: replicas,
      propagationPolicy: fc.constantFrom('Orphan', 'Foreground', 'Background', 'odd'),
      preconditions: fc.constantFrom<unknown>(object['metadata'], { uid: 'other' }, {}),
    },
    { requiredKeys: [] },
  );
}

const directives: readonly (readonly [string, unknown])[] = [
  ['$patch', 'delete'],
  ['$patch', 'replace'],
  ['$patch', 'odd'],
  ['$patch', 1],
  ['$retainKeys', ['name']],
  ['$setElementOrder/containers', [{ name: 'main' }]],
  ['$setElementOrder/volumes', 'odd'],
  ['$deleteFromPrimitiveList/finalizers', ['a', 1, null]],
];

/** Now and then with a directive of strategic merge patches somewhere in it. */
function directed(patch: JsonObject): fc.Arbitrary<unknown> {
  const inside = [...placesIn(patch)].filter(
    ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value),
  );
  const places = fc.constantFrom<Path>([], ...inside.map(({ path }) => path));
  const withDirective = fc
    .tuple(places, fc.constantFrom(...directives))
    .map(([path, [name, value]]) => withChanges(patch, [{ path: [...path, name], value }]));
  return fc.oneof({ weight: 2, arbitrary: fc.constant(patch) }, { weight: 1, arbitrary: withDirective });
}

/** Changes as a JSON patch. */
function operationsOf(object: JsonObject, changes: readonly Change[]): fc.Arbitrary<unknown> {
  const froms = fc.constantFrom(...[...placesIn(object)].map(({ path }) => pointerTo(path)));
  const kinds = fc.constantFrom('add', 'replace', 'move', 'copy', 'test', 'odd');
  return fc.tuple(
    ...changes.map(({ path, value }) =>
      fc.record({
        op: value === undefined ? fc.constant('remove') : kinds,
        path: fc.constant(pointerTo(path)),
        value: fc.constant(value),
        from: froms,
      }),
    ),
  );
}

function pointerTo(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
