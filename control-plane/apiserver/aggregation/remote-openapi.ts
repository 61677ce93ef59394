import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import { encodeOpenapiV2 } from '../openapi/openapi-protobuf.ts';
import type { JsonSchema } from '../openapi/openapi-schemas.ts';
import type { AggregatedLink } from './aggregated-link.ts';
import { boundedBody } from './bounded-body.ts';
import { identityHeaders } from './front-proxy-headers.ts';
import { aggregator } from './remote-user.ts';
import type { ApiServiceRoutes, Route } from './routes.ts';

const FETCH_TIMEOUT_MS = 5_000;
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

interface Part {
  readonly etag: string | undefined;
  readonly paths: JsonSchema;
  readonly definitions: JsonSchema;
}

const nothing: Part = { etag: undefined, paths: {}, definitions: {} };

/** What aggregated servers say in documents of the old kind (OpenAPI v2), in which everything stands in one. Asked when somebody wants to see it. */
export class RemoteOpenapi {
  readonly #routes: ApiServiceRoutes;
  readonly #link: AggregatedLink;
  readonly #log: Logger;
  /** By the name of the APIService. */
  readonly #parts = new Map<string, Part>();
  #changes = 0;

  constructor(routes: ApiServiceRoutes, link: AggregatedLink, log: Logger) {
    this.#routes = routes;
    this.#link = link;
    this.#log = log;
  }

  /** Changes with what the others say. */
  get version(): number {
    return this.#changes;
  }

  /** Asks the others what they say now. Of a server that cannot be asked it stays what it said last. */
  async refresh(): Promise<void> {
    const routes = [...this.#routes.all()];
    const names = new Set(routes.map((route) => route.name));
    for (const name of this.#parts.keys()) if (!names.has(name)) this.#note(name, undefined);
    await Promise.all(routes.map((route) => this.#ask(route)));
  }

  /** This server's document with those of the others in it. */
  joined(own: JsonSchema): JsonSchema {
    return this.#parts.size === 0 ? own : joinedDocument(own, [...this.#parts.values()]);
  }

  #note(name: string, part: Part | undefined): void {
    if (part) this.#parts.set(name, part);
    else this.#parts.delete(name);
    this.#changes++;
  }

  async #ask(route: Route): Promise<void> {
    const before = this.#parts.get(route.name) ?? nothing;
    if (!route.isAvailable) return;
    try {
      const headers: Record<string, string> = { accept: 'application/json' };
      if (before.etag !== undefined) headers['if-none-match'] = before.etag;
      const answer = await this.#link.request(route, {
        method: 'GET',
        path: '/openapi/v2',
        headers: { ...headers, ...identityHeaders(aggregator) },
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      });
      const body = await boundedBody(answer, MAX_DOCUMENT_BYTES);
      if (answer.statusCode !== 200) return;
      const part = { etag: answer.headers.etag, ...partOfDocument(JSON.parse(body.toString('utf8')), route) };
      if (isDeepStrictEqual(part, before)) return;
      // What cannot be written in every form would take the whole document with it.
      encodeOpenapiV2(joinedDocument({ swagger: '2.0' }, [part]));
      this.#note(route.name, part);
    } catch (error) {
      this.#log.debug({ apiService: route.name, error: messageOf(error) }, 'an OpenAPI document could not be had');
    }
  }
}

/** Of a document what is about one group version, with all types that it may refer to. Pure. */
export function partOfDocument(
  document: unknown,
  { group, version }: Pick<Route, 'group' | 'version'>,
): Pick<Part, 'paths' | 'definitions'> {
  const { paths, definitions } = (document ?? {}) as { readonly paths?: unknown; readonly definitions?: unknown };
  const root = `/apis/${group}/${version}/`;
  const own = Object.entries(isObject(paths) ? paths : {}).filter(([path]) => `${path}/`.startsWith(root));
  return { paths: Object.fromEntries(own), definitions: isObject(definitions) ? definitions : {} };
}

/** What this server says itself stands as it is: types of the same name are the same everywhere. Pure. */
export function joinedDocument(own: JsonSchema, parts: readonly Pick<Part, 'paths' | 'definitions'>[]): JsonSchema {
  const paths = Object.assign({}, ...parts.map((part) => part.paths), own['paths']) as JsonSchema;
  const definitions = Object.assign({}, ...parts.map((part) => part.definitions), own['definitions']) as JsonSchema;
  return { ...own, paths, definitions };
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
