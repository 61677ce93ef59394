import type { ResourceType } from './resources.ts';
import type { KubeList, KubeObject, Status, WatchEvent } from './types.ts';

/** Which object: `namespace` is required for namespaced kinds and absent for cluster-scoped ones. */
export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface ListOptions {
  /** Absent = all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Events after this revision. Required: start from a list's `metadata.resourceVersion`. */
  readonly resourceVersion: string;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface WriteOptions {
  /** `finalize` is the namespaces' own: an update that may change `spec.finalizers` only; `approval` the certificate requests'; `ephemeralcontainers` the pods': it adds some; `resize` their containers' amounts of cpu and memory. */
  readonly subresource?:
    | 'status'
    | 'scale'
    | 'binding'
    | 'eviction'
    | 'token'
    | 'finalize'
    | 'approval'
    | 'ephemeralcontainers'
    | 'resize'
    | undefined;
  readonly fieldManager?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface PatchOptions extends WriteOptions {
  /** Only with `apply`. */
  readonly force?: boolean | undefined;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan' | undefined;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined;
}

/**
 * The one way that scheduler, controllers, health, autoscale, alerts, agents and kctl reach the API. In the control plane's process
 * it is the registry itself (objects come back frozen and shared: never write into them); elsewhere it is HTTPS. Every failure is a `KubeApiError`;
 * an aborted `signal` rejects with its reason. Writes with a `metadata.resourceVersion` are compare-and-swap (409 Conflict when it moved);
 * without one they are unconditional.
 */
export interface KubeClient {
  get<T extends KubeObject>(resource: ResourceType<T>, key: ObjectKey, signal?: AbortSignal): Promise<T>;
  list<T extends KubeObject>(
    resource: ResourceType<T>,
    options?: ListOptions,
    signal?: AbortSignal,
  ): Promise<KubeList<T>>;
  /**
   * Each change after `options.resourceVersion` once and in order, bookmarks in between. Ends quietly when the server closes it (continue from the last
   * revision seen); throws `KubeApiError` 410 `Expired` when that revision is no longer held (list again). An 'ERROR' event is thrown, never yielded.
   */
  watch<T extends KubeObject>(
    resource: ResourceType<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  /** `object.metadata.namespace` says where; `name` or `generateName` is required. */
  create<T extends KubeObject>(
    resource: ResourceType<T>,
    object: T,
    options?: WriteOptions,
    signal?: AbortSignal,
  ): Promise<T>;
  update<T extends KubeObject>(
    resource: ResourceType<T>,
    object: T,
    options?: WriteOptions,
    signal?: AbortSignal,
  ): Promise<T>;
  patch<T extends KubeObject>(
    resource: ResourceType<T>,
    key: ObjectKey,
    type: PatchType,
    body: unknown,
    options?: PatchOptions,
    signal?: AbortSignal,
  ): Promise<T>;
  /** Resolves with the object as deleted or as marked for deletion. */
  delete<T extends KubeObject>(
    resource: ResourceType<T>,
    key: ObjectKey,
    options?: DeleteOptions,
    signal?: AbortSignal,
  ): Promise<T>;
  deleteCollection<T extends KubeObject>(
    resource: ResourceType<T>,
    selection: ListOptions,
    options?: DeleteOptions,
    signal?: AbortSignal,
  ): Promise<void>;
  /** POST of a subresource whose body is another kind: `binding`, `eviction`, `token`. Resolves with what the server answered. */
  createSubresource(
    resource: ResourceType,
    key: ObjectKey,
    subresource: string,
    body: KubeObject,
    signal?: AbortSignal,
  ): Promise<KubeObject>;
}

/** An answer of the API that is not a success: `status` is the Kubernetes `Status` object as served. */
export class KubeApiError extends Error {
  readonly httpStatus: number;
  readonly status: Status;

  constructor(status: Status, options?: { cause?: unknown }) {
    super(status.message ?? `the server answered ${status.code ?? 500}`, options);
    this.name = 'KubeApiError';
    this.status = status;
    this.httpStatus = status.code ?? 500;
  }

  /** Machine-readable: `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Expired`, `Forbidden`, `Unauthorized`, `TooManyRequests`… */
  get reason(): string {
    return this.status.reason ?? 'Unknown';
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KubeApiError && error.httpStatus === 404;
}

export function isConflict(error: unknown): boolean {
  return error instanceof KubeApiError && error.httpStatus === 409 && error.reason === 'Conflict';
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof KubeApiError && error.reason === 'AlreadyExists';
}

export function isGone(error: unknown): boolean {
  return error instanceof KubeApiError && error.httpStatus === 410;
}
