import { statusError } from '../../../../lib/kube/status-errors.ts';
import type { ApiObject } from '../../api-object.ts';
import { convertedMetadata } from './converted-metadata.ts';

/** Makes objects of one version of a custom kind objects of another. */
export interface Converter {
  /** One object for each of the given, in the same order, frozen or not. None of them is of that version yet. */
  convert(objects: readonly ApiObject[], apiVersion: string): Promise<readonly ApiObject[]>;
}

/** Strategy `None`: versions differ in their schemas only. */
export const renaming: Converter = {
  convert: (objects, apiVersion) => Promise.resolve(objects.map((object) => ({ ...object, apiVersion }))),
};

/** Where a webhook is, by its names on the wire. */
export interface WebhookClientConfig {
  readonly url?: string | undefined;
  readonly service?:
    | {
        readonly namespace: string;
        readonly name: string;
        readonly port?: number | undefined;
        readonly path?: string | undefined;
      }
    | undefined;
  readonly caBundle?: string | undefined;
}

/** Sends a review to a webhook and resolves with its answer, parsed. Rejects with an `Error` whose message says what failed. */
export type AskWebhook = (config: WebhookClientConfig, review: object) => Promise<unknown>;

/** Objects sent with one review, and their bytes: a review and its answer must fit into what is read of an answer. */
const MAX_BATCH_OBJECTS = 1_000;
const MAX_BATCH_BYTES = 2 * 1024 * 1024;

/** Strategy `Webhook`: asks the webhook, of many objects in batches one after the other. Messages are upstream's. */
export class WebhookConverter implements Converter {
  readonly #config: WebhookClientConfig;
  readonly #reviewVersion: string;
  readonly #ask: AskWebhook;
  readonly #uid: () => string;

  constructor(options: {
    readonly config: WebhookClientConfig;
    readonly reviewVersions: readonly string[];
    readonly ask: AskWebhook;
    readonly uid: () => string;
  }) {
    this.#config = options.config;
    this.#reviewVersion = options.reviewVersions.find((one) => one === 'v1' || one === 'v1beta1') ?? 'v1';
    this.#ask = options.ask;
    this.#uid = options.uid;
  }

  async convert(objects: readonly ApiObject[], apiVersion: string): Promise<readonly ApiObject[]> {
    const converted: ApiObject[] = [];
    for (const batch of batchesOf(objects)) converted.push(...(await this.#convertBatch(batch, apiVersion)));
    return converted;
  }

  async #convertBatch(batch: readonly ApiObject[], apiVersion: string): Promise<readonly ApiObject[]> {
    const [first] = batch;
    if (!first) return [];
    const gvk = `${first.apiVersion}, Kind=${first.kind}`;
    const uid = this.#uid();
    const reviewVersion = `apiextensions.k8s.io/${this.#reviewVersion}`;
    const review = {
      kind: 'ConversionReview',
      apiVersion: reviewVersion,
      request: { uid, desiredAPIVersion: apiVersion, objects: batch },
    };
    let answered: readonly unknown[];
    try {
      answered = convertedObjects(await this.#ask(this.#config, review), uid, reviewVersion);
    } catch (error) {
      throw failure(`conversion webhook for ${gvk} failed: ${(error as Error).message}`, error);
    }
    if (answered.length !== batch.length)
      throw failure(
        `conversion webhook for ${gvk} returned ${answered.length} objects, expected ${batch.length}`,
        undefined,
      );
    return batch.map((original, at) => {
      try {
        return checked(original, answered[at], apiVersion);
      } catch (error) {
        throw failure(
          `conversion webhook for ${gvk} returned invalid converted object at index ${at}: ${(error as Error).message}`,
          error,
        );
      }
    });
  }
}

function* batchesOf(objects: readonly ApiObject[]): Iterable<readonly ApiObject[]> {
  let batch: ApiObject[] = [];
  let bytes = 0;
  for (const object of objects) {
    const size = JSON.stringify(object).length;
    if (batch.length > 0 && (batch.length >= MAX_BATCH_OBJECTS || bytes + size > MAX_BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(object);
    bytes += size;
  }
  yield batch;
}

/** The objects of a `ConversionReview` that answers `uid`. Throws an `Error` when it is none or says that it failed. */
function convertedObjects(body: unknown, uid: string, reviewVersion: string): readonly unknown[] {
  const review = (body ?? {}) as {
    readonly apiVersion?: unknown;
    readonly kind?: unknown;
    readonly response?: {
      readonly uid?: unknown;
      readonly convertedObjects?: unknown;
      readonly result?: { readonly status?: unknown; readonly message?: unknown };
    };
  };
  // Answers of the old version name neither themselves nor what they answer.
  const isStrict = reviewVersion === 'apiextensions.k8s.io/v1';
  if (isStrict && (review.kind !== 'ConversionReview' || review.apiVersion !== reviewVersion)) {
    const got = `${text(review.apiVersion)}, Kind=${text(review.kind)}`;
    throw new Error(`expected webhook response of ${reviewVersion}, Kind=ConversionReview, got ${got}`);
  }
  const { response } = review;
  if (typeof response !== 'object' || response === null) throw new Error('no response provided');
  if (isStrict && response.uid !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  const { status, message } = response.result ?? {};
  if (status !== 'Success')
    throw new Error(
      typeof message === 'string' && message !== ''
        ? message
        : `response.result.status was '${text(status)}', not 'Success'`,
    );
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : [];
}

/** A converted object with the metadata that it had, but for labels and annotations. Throws an `Error` that says what it may not be. */
function checked(original: ApiObject, answered: unknown, apiVersion: string): ApiObject {
  if (typeof answered !== 'object' || answered === null || Array.isArray(answered))
    throw new Error('it is not an object');
  const object = answered as ApiObject;
  if (object.apiVersion !== apiVersion)
    throw new Error(`invalid groupVersion (expected ${apiVersion}, received ${text(object.apiVersion)})`);
  if (object.kind !== original.kind)
    throw new Error(`invalid kind (expected ${original.kind}, received ${text(object.kind)})`);
  return { ...object, metadata: convertedMetadata(original.metadata, object.metadata) };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function failure(message: string, cause: unknown): Error {
  return statusError(500, '', message, undefined, { cause });
}
