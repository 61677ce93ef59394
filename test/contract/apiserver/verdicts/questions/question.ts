import type { Method } from '../../../conformance/api-client.ts';
import type { BaseObject } from '../base-object.ts';

/** Any request that leaves a server as it is. */
export interface Question {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** Requests, by name, about objects that are there. */
export interface Questions {
  readonly objects: readonly BaseObject[];
  readonly asked: Readonly<Record<string, Question>>;
  /** What of an answer that is no refusal is kept: the object, as far as it is not what stands at `changesOf`; or the names of what a list or a watch is made of. */
  readonly keeps: { readonly changesOf: string } | 'names';
}
