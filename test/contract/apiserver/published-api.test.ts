import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mustRun } from '../../support/run-program.ts';
import { ApiClient } from '../conformance/api-client.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';

/*
 * What this server says of itself, held to the documents that upstream publishes in its Go module: discovery, and the OpenAPI document with every type, its members,
 * and how they are merged.
 */

const MODULE = 'k8s.io/kubernetes@v1.36.1';
const DOWNLOAD_TIMEOUT_MS = 300_000;

type Json = Readonly<Record<string, unknown>>;
interface Schema extends Json {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
}
interface OpenApi {
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly paths: Readonly<Record<string, Json>>;
}
interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly group?: string;
  readonly version?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

let api: ControlPlaneProcess;
let client: ApiClient;
let published: string;
beforeAll(async () => {
  const downloaded = await mustRun('go', ['mod', 'download', '-json', MODULE], { timeoutMs: DOWNLOAD_TIMEOUT_MS });
  published = join((JSON.parse(downloaded) as { readonly Dir: string }).Dir, 'api');
  api = await ControlPlaneProcess.create('memory');
  await api.start();
  client = new ApiClient({ server: api.url, ca: api.ca.cert, ...(await api.identity('admin')) });
}, DOWNLOAD_TIMEOUT_MS);
afterAll(async () => {
  client?.close();
  await api?.remove();
});

/** Not GA: alpha and beta versions, and what only they refer to. */
const isStable = (name: string) => !/v\d+(alpha|beta)\d/.test(name);

const readJson = async (...path: readonly string[]) =>
  JSON.parse(await readFile(join(published, ...path), 'utf8')) as unknown;

describe('discovery', () => {
  test('names every stable resource as upstream does, and nothing else in its groups', async () => {
    const files = (await readdir(join(published, 'discovery'))).filter((file) => /__v\d+\.json$/.test(file));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const path = `/${file.replace('.json', '').replaceAll('__', '/')}`;
      const upstream = (await readJson('discovery', file)) as { readonly resources: readonly Resource[] };
      const own = await client.get<{ readonly resources: readonly Resource[] }>(path);
      expect.soft(shown(own.resources), path).toEqual(shown(upstream.resources));
    }
  });
});

function shown(resources: readonly Resource[]): Readonly<Record<string, object>> {
  const rows = resources.map(({ name, kind, singularName, namespaced, verbs, group, version, ...more }) => {
    const { shortNames = [], categories = [] } = more;
    return [
      name,
      { kind, singularName, namespaced, group, version, shortNames, categories, verbs: [...verbs].sort() },
    ] as const;
  });
  return Object.fromEntries(rows);
}

describe('OpenAPI', () => {
  /** What this server writes in another way, on purpose. */
  const otherwise = {
    /** Values of any shape have no type of their own here. */
    anyValue:
      /\.(RawExtension|FieldsV1|JSON|JSONSchemaPropsOrArray|JSONSchemaPropsOrBool|JSONSchemaPropsOrStringArray|CustomResourceSubresourceStatus|Patch|WatchEvent)$/,
    /** Answers of discovery, which no document here describes. */
    discovery:
      /\.(APIGroup|APIGroupList|APIResource|APIResourceList|APIVersions|GroupVersionForDiscovery|ServerAddressByClientCIDR|Info)$/,
    /** In definitions that are published and not referred to by any member. */
    unused: /\.GroupResource$/,
    /** Watches have a parameter, paths of their own are deprecated; discovery needs no description; nobody's logs are files here. */
    paths: /\/watch\/|\/$|^\/logs|proxy\/\{path\}$/,
    methods: /^(head|options)$/,
  };

  let own: OpenApi;
  let upstream: OpenApi;
  beforeAll(async () => {
    upstream = (await readJson('openapi-spec', 'swagger.json')) as OpenApi;
    own = await client.get<OpenApi>('/openapi/v2');
  });

  test('describes every type', () => {
    const { anyValue, discovery, unused } = otherwise;
    const missing = Object.keys(upstream.definitions).filter(
      (name) =>
        isStable(name) && !own.definitions[name] && ![anyValue, discovery, unused].some((shape) => shape.test(name)),
    );
    expect(missing).toEqual([]);
  });

  test('gives every type the members that it has upstream, required or not, merged in the same way', () => {
    const differences: string[] = [];
    for (const [name, theirs] of Object.entries(upstream.definitions)) {
      const ours = own.definitions[name];
      if (!ours || !isStable(name)) continue;
      const say = (what: string, a: unknown, b: unknown) => {
        if (JSON.stringify(a) !== JSON.stringify(b))
          differences.push(`${name}${what}: ${JSON.stringify(a)}, upstream ${JSON.stringify(b)}`);
      };
      say(' requires', sorted(ours['required']), sorted(theirs['required']));
      say(' as a map', ours['x-kubernetes-map-type'], theirs['x-kubernetes-map-type']);
      // Some are bodies of requests to every group.
      if (kindsOf(theirs).length < 2) say(' kinds', kindsOf(ours), kindsOf(theirs));
      for (const [member, schema] of Object.entries(theirs.properties ?? {}))
        say(`.${member}`, essence(ours.properties?.[member]), essence(schema));
      const more = Object.keys(ours.properties ?? {}).filter((member) => !theirs.properties?.[member]);
      say(' has more', more, []);
    }
    expect(differences).toEqual([]);
  });

  test('describes every path and method', () => {
    const missing = Object.entries(upstream.paths).flatMap(([path, item]) => {
      if (!isStable(path) || otherwise.paths.test(path)) return [];
      return Object.keys(item)
        .filter((method) => method !== 'parameters' && !otherwise.methods.test(method) && !own.paths[path]?.[method])
        .map((method) => `${method} ${path}`);
    });
    expect(missing).toEqual([]);
  });

  /** What a client goes by: types, and how values are merged. */
  function essence(schema: Schema | undefined): Json | undefined {
    if (!schema) return undefined;
    const { $ref, items, additionalProperties } = schema;
    const reference = typeof $ref === 'string' && !otherwise.anyValue.test($ref) ? $ref : undefined;
    const kept = Object.entries(schema).filter(
      ([key, value]) =>
        ['type', 'format'].includes(key) ||
        // Bytes are no list here, and `granular` is what structures are anyway.
        (key.startsWith('x-kubernetes-') && schema['format'] !== 'byte' && value !== 'granular'),
    );
    return {
      ...Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1))),
      ...(reference === undefined ? {} : { $ref: reference }),
      ...(items ? { items: essence(items) } : {}),
      ...(additionalProperties ? { additionalProperties: essence(additionalProperties) } : {}),
    };
  }

  function kindsOf(schema: Schema): readonly unknown[] {
    const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as readonly Json[];
    return kinds.map(({ group, version, kind }) => [group, version, kind]);
  }
});

function sorted(names: unknown): readonly unknown[] {
  return Array.isArray(names) ? [...(names as unknown[])].sort((a, b) => (String(a) < String(b) ? -1 : 1)) : [];
}
