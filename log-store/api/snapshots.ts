import { parsingError, StoreError, badRequest } from '../engine/store-error.ts';
import type { Engine } from '../engine/engine.ts';
import { globMatches } from '../mapping/glob.ts';
import type { RepositoryList } from '../snapshots/repository-list.ts';
import type { Repository, SnapshotManifest } from '../snapshots/repository.ts';
import type { SnapshotService } from '../snapshots/snapshot-service.ts';
import { textOf } from '../text-of.ts';
import { acknowledged, flag, jsonBody, ok, type ApiRequest, type ApiResponse } from './request.ts';

/** `_snapshot`: repositories of type `fs`, and snapshots in them. */
export class SnapshotApi {
  readonly #engine: Engine;
  readonly #repositories: RepositoryList;
  readonly #service: SnapshotService;

  constructor(engine: Engine, repositories: RepositoryList, service: SnapshotService) {
    this.#engine = engine;
    this.#repositories = repositories;
    this.#service = service;
  }

  async handle(request: ApiRequest): Promise<ApiResponse | undefined> {
    const [, label, name, verb] = request.path;
    if (label === undefined) return this.#list(undefined);
    if (name === undefined) return this.#repository(request, label);
    const repository = this.#repositories.get(label);
    if (request.method === 'POST' && name === '_verify') return ok({ nodes: { vigil: { name: 'vigil-log-store' } } });
    if (request.method === 'POST' && name === '_cleanup') {
      await this.#service.remove(repository, label, []);
      return ok({ results: { deleted_bytes: 0, deleted_blobs: 0 } });
    }
    if (verb === '_restore') return this.#restore(request, repository, label, name);
    if (verb === '_status') return this.#status(repository, label, name);
    if (verb !== undefined) return undefined;
    switch (request.method) {
      case 'PUT':
      case 'POST':
        return this.#create(request, repository, label, name);
      case 'DELETE':
        await this.#service.remove(
          repository,
          label,
          (await this.#find(repository, label, name)).map((one) => one.name),
        );
        return acknowledged;
      default:
        return this.#describe(request, repository, label, name);
    }
  }

  async #repository(request: ApiRequest, label: string): Promise<ApiResponse> {
    if (request.method === 'GET') return this.#list(label);
    if (request.method === 'DELETE') {
      this.#repositories.remove(label);
      return acknowledged;
    }
    const body = jsonBody(request);
    if (body['type'] !== 'fs')
      throw badRequest(
        `repository type [${textOf(body['type'] ?? '')}] does not exist: fs is the one there is`,
        'repository_exception',
      );
    const settings = (body['settings'] ?? {}) as Readonly<Record<string, unknown>>;
    await this.#repositories.put(label, settings['location']);
    return acknowledged;
  }

  #list(label: string | undefined): ApiResponse {
    const all = label === undefined || label === '_all' || label === '*';
    const found = this.#repositories.entries().filter(([name]) => all || globMatches(label, name));
    if (!all && found.length === 0) throw new StoreError(404, 'repository_missing_exception', `[${label}] missing`);
    return ok(Object.fromEntries(found.map(([name, location]) => [name, { type: 'fs', settings: { location } }])));
  }

  async #create(request: ApiRequest, repository: Repository, label: string, name: string): Promise<ApiResponse> {
    const body = jsonBody(request);
    const options = { ignoreUnavailable: body['ignore_unavailable'] === true };
    const wanted = {
      indices: this.#engine.resolve(expressionOf(body['indices']), options),
      metadata: body['metadata'],
      globalState: body['include_global_state'] !== false,
    };
    if (flag(request, 'wait_for_completion'))
      return ok({ snapshot: shown(await this.#service.create(repository, label, name, wanted)) });
    await this.#service.check(repository, label, name);
    // How it ends is in the log and in what is listed.
    this.#service.create(repository, label, name, wanted).catch(() => undefined);
    return ok({ accepted: true });
  }

  async #describe(request: ApiRequest, repository: Repository, label: string, name: string): Promise<ApiResponse> {
    const running = this.#service.running;
    const current = running?.startsWith(`${label}:`) === true ? running.slice(label.length + 1) : undefined;
    const progress =
      current === undefined ? [] : [{ snapshot: current, state: 'IN_PROGRESS', indices: [], failures: [] }];
    if (name === '_current') return ok({ snapshots: progress, total: progress.length, remaining: 0 });
    const ignore = flag(request, 'ignore_unavailable') || name === current;
    const found = await this.#find(repository, label, name, ignore);
    const matching = progress.filter(({ snapshot }) =>
      name.split(',').some((one) => one === '_all' || globMatches(one, snapshot)),
    );
    const snapshots = [...found.map(shown), ...matching];
    return ok({ snapshots, total: snapshots.length, remaining: 0 });
  }

  async #status(repository: Repository, label: string, name: string): Promise<ApiResponse> {
    const found = await this.#find(repository, label, name);
    return ok({
      snapshots: found.map((manifest) => ({
        snapshot: manifest.name,
        repository: label,
        uuid: manifest.uuid,
        state: 'SUCCESS',
        shards_stats: { done: manifest.indices.length, failed: 0, total: manifest.indices.length },
      })),
    });
  }

  async #restore(request: ApiRequest, repository: Repository, label: string, name: string): Promise<ApiResponse> {
    const [manifest] = await this.#find(repository, label, name);
    if (!manifest) throw missing(label, name);
    const body = jsonBody(request);
    const patterns = expressionOf(body['indices']).split(',');
    const indices = await this.#service.restore(repository, manifest, {
      wants: (index) => wantedBy(patterns, index),
      rename: renamer(body['rename_pattern'], body['rename_replacement']),
      globalState: body['include_global_state'] === true,
    });
    const shards = { total: indices.length, failed: 0, successful: indices.length };
    return ok(
      flag(request, 'wait_for_completion') ? { snapshot: { snapshot: name, indices, shards } } : { accepted: true },
    );
  }

  /** Snapshots for a list of names and wildcards. A plain name that is missing is a 404. */
  async #find(repository: Repository, label: string, expression: string, ignore = false): Promise<SnapshotManifest[]> {
    const names = await repository.names();
    const parts = expression.split(',').map((part) => (part === '_all' ? '*' : part));
    for (const part of parts) if (!part.includes('*') && !names.includes(part) && !ignore) throw missing(label, part);
    const found: SnapshotManifest[] = [];
    for (const name of names.filter((one) => parts.some((part) => globMatches(part, one)))) {
      const manifest = await repository.read(name);
      if (manifest) found.push(manifest);
    }
    return found;
  }
}

function missing(label: string, name: string): StoreError {
  return new StoreError(404, 'snapshot_missing_exception', `[${label}:${name}] is missing`);
}

function expressionOf(indices: unknown): string {
  if (indices === undefined || indices === null) return '*';
  return Array.isArray(indices) ? indices.map(String).join(',') : textOf(indices);
}

function wantedBy(patterns: readonly string[], index: string): boolean {
  let wanted = false;
  for (const pattern of patterns) {
    if (pattern.startsWith('-')) wanted = wanted && !globMatches(pattern.slice(1), index);
    else if (globMatches(pattern === '_all' ? '*' : pattern, index)) wanted = true;
  }
  return wanted;
}

const MAX_PATTERN = 200;

/** `rename_pattern` is one `(.+)` or a name with `*`, or plain text: other regular expressions could take for ever on a name. */
function renamer(pattern: unknown, replacement: unknown): (index: string) => string {
  if (pattern === undefined) return (index) => index;
  const [from, to] = [textOf(pattern), textOf(replacement ?? '')];
  if (from.length > MAX_PATTERN || to.length > MAX_PATTERN)
    throw parsingError('[rename_pattern] is too long', ['rename_pattern']);
  const parts = from.split(/\(\.[+*]\)/);
  if (parts.some((part) => /[()[\]{}|^$+?*]/.test(part.replaceAll(/\\./g, '')))) {
    throw badRequest(
      '[rename_pattern] may consist of plain text and groups (.+): other regular expressions are not supported',
    );
  }
  const source = parts
    .map((part) => part.replaceAll(/\\(.)/g, '$1').replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`))
    .join('(.+)');
  if (parts.length > 3) throw badRequest('[rename_pattern] may have two groups (.+)');
  const shape = new RegExp(source);
  return (index) => index.replace(shape, to);
}

function shown(manifest: SnapshotManifest): Record<string, unknown> {
  const { name, uuid, indices, startMs, endMs, metadata } = manifest;
  return {
    snapshot: name,
    uuid,
    version: '9.2.4',
    indices: indices.map(({ info }) => (info.dataStream ? `.ds-${info.name}-000001` : info.name)),
    data_streams: indices.filter(({ info }) => info.dataStream).map(({ info }) => info.name),
    include_global_state: manifest.templates.length + manifest.components.length + manifest.policies.length > 0,
    ...(metadata === undefined ? {} : { metadata }),
    state: 'SUCCESS',
    start_time: new Date(startMs).toISOString(),
    start_time_in_millis: startMs,
    end_time: new Date(endMs).toISOString(),
    end_time_in_millis: endMs,
    duration_in_millis: endMs - startMs,
    failures: [],
    shards: { total: indices.length, failed: 0, successful: indices.length },
  };
}
