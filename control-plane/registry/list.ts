import { badRequest, expired, statusError } from '../../lib/kube/status-errors.ts';
import type { CacheEntry } from './cache-entry.ts';
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
  const entries = known ?? resource.cache.select(selection);
  return page(registry, resource, request, entries, 0, limit, revision, selection);
}

function nextPage(registry: Registry, resource: Resource, request: ListRequest, limit: number): ListPage {
  const token = decodeToken(request.continue ?? '');
  const entries = registry.snapshots.get(snapshotId(resource, request, token.rv));
  if (!entries) {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    );
  }
  const start = entries.findIndex((entry) => entry.key > token.start);
  return page(registry, resource, request, entries, start < 0 ? entries.length : start, limit, token.rv);
}

function page(
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
    throw badRequest(`invalid resource version "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
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
  return JSON.stringify([resource.prefix, request.namespace, request.labelSelector, request.fieldSelector, revision]);
}

function encodeToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', ...token })).toString('base64url');
}

function decodeToken(text: string): ContinueToken {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Partial<ContinueToken>;
    if (typeof token.rv === 'number' && typeof token.start === 'string') return { rv: token.rv, start: token.start };
  } catch {
    // Said below.
  }
  throw badRequest(`continue key is not valid`);
}

/** One object. */
export function entryOf(resource: Resource, namespace: string | undefined, name: string): CacheEntry | undefined {
  return resource.cache.get(cacheKey(namespace, name));
}
