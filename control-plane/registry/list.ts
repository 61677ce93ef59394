import { jsonSyntaxError } from '../../lib/kube/json-syntax.ts';
import { quoted } from '../../lib/kube/quoted.ts';
import { badRequest, expired, statusError } from '../../lib/kube/status-errors.ts';
import type { CacheEntry } from './cache-entry.ts';
import { selectShown, shownEntry } from './conversion.ts';
import { cacheKey, type Registry, type Resource } from './registry.ts';
import { parseSelection, type Selection, type SelectionOptions } from './selection.ts';

/** How long a list waits for a revision that is not shown yet. */
const FUTURE_WAIT_MS = 3_000;

export interface ListRequest extends SelectionOptions {
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: string | undefined;
}

export interface ListPage {
  readonly revision: number;
  readonly entries: readonly CacheEntry[];
  readonly continue?: string | undefined;
  readonly remainingItemCount?: number | undefined;
}

/** The revision of a token that continues with whatever stands now. */
const INCONSISTENT = -1;
const TOKEN_VERSION = 'meta.k8s.io/v1';

interface ContinueToken {
  readonly rv: number;
  /** Key of the last object of the page before. */
  readonly start: string;
}

/** One page of a list; without `limit`, all of it. All pages show the state of the first one's revision. */
export async function listObjects(registry: Registry, resource: Resource, request: ListRequest): Promise<ListPage> {
  const selection = parseSelection(resource.definition, request);
  const limit = request.limit ?? 0;
  if (request.continue) return nextPage(registry, resource, request, limit);
  const asked = await checkRevision(registry, request);
  const { revision } = registry;
  if (asked !== undefined && asked !== revision) {
    const past = registry.snapshots.get(snapshotId(resource, request, asked));
    if (!past) throw expired(`The resourceVersion for the provided list is too old.`);
    return page(registry, resource, request, past, 0, limit, asked, selection);
  }
  // Somebody who pages through the same list has selected it already.
  const known = limit > 0 ? registry.snapshots.get(snapshotId(resource, request, revision)) : undefined;
  const selected = known ?? present(resource, selection);
  const entries = selected instanceof Promise ? await selected : selected;
  return page(registry, resource, request, entries, 0, limit, revision, selection);
}

function present(resource: Resource, selection: Selection): readonly CacheEntry[] | Promise<readonly CacheEntry[]> {
  const { conversion } = resource;
  // Selectors speak of what is shown, so that all is converted to be selected from; else each page is converted by itself.
  if (conversion && !selection.isEverything) return selectShown(conversion, resource, selection);
  return resource.cache.select(selection);
}

function nextPage(
  registry: Registry,
  resource: Resource,
  request: ListRequest,
  limit: number,
): ListPage | Promise<ListPage> {
  const token = decodeToken(request.continue ?? '');
  if (token.rv === INCONSISTENT) return restOfPresentState(registry, resource, request, limit, token.start);
  const entries = registry.snapshots.get(snapshotId(resource, request, token.rv));
  if (!entries) {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
      encodeToken({ rv: INCONSISTENT, start: token.start }),
    );
  }
  return page(registry, resource, request, entries, indexAfter(entries, token.start), limit, token.rv);
}

/** What stands now behind the last object that was shown: the state that it was shown in is no longer held. */
async function restOfPresentState(
  registry: Registry,
  resource: Resource,
  request: ListRequest,
  limit: number,
  start: string,
): Promise<ListPage> {
  const { revision } = registry;
  const entries = await present(resource, parseSelection(resource.definition, request));
  if (limit > 0) registry.snapshots.keep(snapshotId(resource, request, revision), entries);
  return page(registry, resource, request, entries, indexAfter(entries, start), limit, revision);
}

function indexAfter(entries: readonly CacheEntry[], key: string): number {
  const index = entries.findIndex((entry) => entry.key > key);
  return index < 0 ? entries.length : index;
}

function page(...args: Parameters<typeof storedPage>): ListPage | Promise<ListPage> {
  const found = storedPage(...args);
  const [, { conversion }] = args;
  return conversion ? conversion.shown(found.entries).then((entries) => ({ ...found, entries })) : found;
}

function storedPage(
  registry: Registry,
  resource: Resource,
  request: ListRequest,
  entries: readonly CacheEntry[],
  from: number,
  limit: number,
  revision: number,
  selection?: Selection,
): ListPage {
  if (limit <= 0 || entries.length - from <= limit)
    return { revision, entries: from === 0 ? entries : entries.slice(from) };
  if (from === 0) registry.snapshots.keep(snapshotId(resource, request, revision), entries);
  const shown = entries.slice(from, from + limit);
  const isFiltered = selection
    ? !selection.isEverything
    : Boolean(request.labelSelector) || Boolean(request.fieldSelector);
  return {
    revision,
    entries: shown,
    continue: encodeToken({ rv: revision, start: shown.at(-1)?.key ?? '' }),
    remainingItemCount: isFiltered ? undefined : entries.length - from - limit,
  };
}

/** The exact revision that must be shown, or `undefined` for the present one. */
async function checkRevision(registry: Registry, request: ListRequest): Promise<number | undefined> {
  const match = request.resourceVersionMatch ?? '';
  const given = request.resourceVersion ?? '';
  if (match !== '') {
    if (given === '')
      throw invalidOptions(
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      );
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      throw invalidOptions(
        `resourceVersionMatch: Unsupported value: "${match}": supported values: "Exact", "NotOlderThan", ""`,
      );
    }
    if (match === 'Exact' && given === '0') {
      throw invalidOptions(
        'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      );
    }
  }
  if (given === '' || given === '0') return undefined;
  const revision = parseRevision(given);
  await waitForRevision(registry, revision);
  return match === 'Exact' ? revision : undefined;
}

function invalidOptions(message: string): Error {
  return statusError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${message}`);
}

/** Throws 400 for what is no revision. */
export function parseRevision(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    const problem = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${quoted(text)}: strconv.ParseUint: parsing ${quoted(text)}: ${problem}`,
    );
  }
  return Number(text);
}

/** Throws 504 when the caches do not get there soon: the revision is of another cluster or of the future. */
export async function waitForRevision(registry: Registry, revision: number): Promise<void> {
  if (registry.revision >= revision || (await registry.waitFor(revision, FUTURE_WAIT_MS))) return;
  throw statusError(504, 'Timeout', `Timeout: Too large resource version: ${revision}, current: ${registry.revision}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

function snapshotId(resource: Resource, request: ListRequest, revision: number): string {
  const { version } = resource.definition.resource;
  return JSON.stringify([
    resource.prefix,
    version,
    request.namespace,
    request.labelSelector,
    request.fieldSelector,
    revision,
  ]);
}

function encodeToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: TOKEN_VERSION, ...token })).toString('base64url');
}

function decodeToken(text: string): ContinueToken {
  const wrong = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const strange = /[^A-Za-z0-9_-]/.exec(text);
  if (strange) throw wrong(`illegal base64 data at input byte ${strange.index}`);
  const json = Buffer.from(text, 'base64url').toString('utf8');
  const problem = jsonSyntaxError(json);
  if (problem !== undefined) throw wrong(problem);
  const { v, rv = 0, start = '' } = (JSON.parse(json) ?? {}) as { v?: unknown; rv?: unknown; start?: unknown };
  if (v !== TOKEN_VERSION) throw wrong(`server does not recognize this encoded version ${String(v)}`);
  if (typeof rv !== 'number' || rv === 0) throw wrong(`incorrect encoded start resourceVersion (version ${v})`);
  if (typeof start !== 'string' || start === '') throw wrong(`encoded start key empty (version ${v})`);
  if (start.split('/').includes('..')) throw wrong(start);
  return { rv, start };
}

/** One object; a promise of it where it has to be converted. */
export function entryOf(
  { cache, conversion }: Resource,
  namespace: string | undefined,
  name: string,
): CacheEntry | undefined | Promise<CacheEntry> {
  const entry = cache.get(cacheKey(namespace, name));
  return conversion && entry ? shownEntry(conversion, entry) : entry;
}
