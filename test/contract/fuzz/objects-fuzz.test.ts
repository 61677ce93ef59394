import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiAnswer, ApiObject } from '../conformance/api-client.ts';
import { isPublished } from './published-failures.ts';
import { fuzzedObjects } from './fuzzed-objects.ts';
import { FuzzedPlane } from './fuzzed-plane.ts';
import { placesIn } from './json-places.ts';
import { requestsOn, type FuzzedObject, type ObjectRequest } from './object-requests.ts';
import { SchemaValues, type Schemas, type ValueSchema } from './schema-values.ts';

/** Requests about each object. More by `VIGIL_FUZZ_RUNS`, for whoever has the time. */
const RUNS = Number(process.env['VIGIL_FUZZ_RUNS'] ?? 12);
/** Other requests come of another seed. */
const SEED = Number(process.env['VIGIL_FUZZ_SEED'] ?? 1);
/** As long as a busy machine takes for one request and what is asked after it. */
const REQUEST_MS = 2_000;

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: ValueSchema }>> };
}

interface Document {
  readonly paths: Readonly<Record<string, { readonly post?: Operation }>>;
  readonly components: { readonly schemas: Schemas };
}

let plane: FuzzedPlane;
const documents = new Map<string, Document>();
/** Values of members of all valid objects, by the members' names. */
const seen = new Map<string, unknown[]>();

beforeAll(async () => {
  plane = await FuzzedPlane.start();
  for (const { object } of fuzzedObjects) {
    for (const { path, value } of placesIn(object)) {
      const name = String(path.findLast((part) => typeof part === 'string'));
      seen.set(name, [...(seen.get(name) ?? []), value]);
    }
  }
});
afterAll(() => plane?.stop());

const rows = fuzzedObjects.map(({ path, object }) => [path, nameOf(object)] as const);

test.each(rows)(
  'no request about the object in %s with the name %s is a failure of the server',
  async (path, name) => {
    const saidBefore = plane.process.output.length;
    const there = await fuzzed(path, name);
    const requests = fc.asyncProperty(requestsOn(there), async (request) => {
      const { status, text } = await send(there, request);
      expect(status < 500 || isPublished(status, text), `${status} ${text}`).toBe(true);
      await restore(there);
    });
    await fc.assert(requests, { numRuns: RUNS, seed: SEED, endOnFailure: true });
    expect((await plane.api.send('GET', '/readyz')).status).toBe(200);
    expect(plane.process.output.slice(saidBefore)).not.toMatch(/failed inside the server|"level":[56]0/);
  },
  RUNS * REQUEST_MS,
);

async function fuzzed(path: string, name: string): Promise<FuzzedObject> {
  const object = plane.objects.get(path)?.find((one) => one.metadata.name === name);
  const version = path
    .split('/')
    .slice(1, path.startsWith('/api/') ? 3 : 4)
    .join('/');
  const document = documents.get(version) ?? (await plane.api.get<Document>(`/openapi/v3/${version}`));
  documents.set(version, document);
  const collection = path.replace('/namespaces/default/', '/namespaces/{namespace}/');
  const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
    template.startsWith(`${collection}/{name}`)
      ? Object.keys(methods).map((method) => `${method} ${template.slice(`${collection}/{name}`.length)}`)
      : [],
  );
  const schema = document.paths[collection]?.post?.requestBody?.content['application/json']?.schema;
  expect(object && schema).toBeDefined();
  return {
    path,
    name,
    object: { ...object },
    schema: schema ?? {},
    values: new SchemaValues(document.components.schemas, seen),
    // What leads away from the server: to agents, pods and Services, of which there are none.
    operations: operations.filter((one) => !/\/(?:proxy|exec|attach|portforward|log)$/.test(one)),
  };
}

/** An update is of the state that is there. */
async function send({ path, name }: FuzzedObject, request: ObjectRequest): Promise<ApiAnswer> {
  const { method, url, body, headers } = request;
  const metadata: unknown = typeof body === 'object' && body !== null && 'metadata' in body ? body.metadata : undefined;
  if (method !== 'PUT' || typeof metadata !== 'object') return plane.api.send(method, url, { body, headers });
  const now = await plane.api.send('GET', `${path}/${name}`);
  const { resourceVersion } = now.json<Partial<ApiObject>>().metadata ?? {};
  return plane.api.send(method, url, {
    body: { ...(body as object), metadata: { ...metadata, resourceVersion } },
    headers,
  });
}

/** What was deleted is made again. */
async function restore({ path, name, object }: FuzzedObject): Promise<void> {
  const url = `${path}/${name}`;
  const now = await plane.api.send('GET', url);
  if (now.status === 200 && now.json().metadata.deletionTimestamp === undefined) return;
  await plane.api.send('PATCH', url, {
    body: { metadata: { finalizers: null } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  await plane.api.send('DELETE', `${url}?gracePeriodSeconds=0`);
  await plane.api.send('POST', path, { body: object });
}

function nameOf(object: Readonly<Record<string, unknown>>): string {
  return (object['metadata'] as { readonly name: string }).name;
}
