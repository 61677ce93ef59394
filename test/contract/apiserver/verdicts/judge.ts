import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient, type ApiAnswer, type Credentials, type Method } from '../../conformance/api-client.ts';
import { eventually } from '../../../support/eventually.ts';
import type { BaseObject, Members, Part } from './base-object.ts';
import type { Question } from './questions/question.ts';

/** What a server makes of an object: the object with its defaults, or why it is refused. */
export type Verdict =
  | { readonly accepted: unknown }
  | { readonly refused: number; readonly reason: string; readonly causes: readonly string[] };

export interface Answered {
  readonly kind?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly metadata?: Members;
  readonly spec?: Members;
  readonly details?: {
    readonly causes?: readonly { readonly reason?: string; readonly field?: string; readonly message?: string }[];
  };
}

/** What differs from server to server and says nothing. */
const ownMetadata = ['uid', 'creationTimestamp', 'resourceVersion', 'managedFields', 'generation', 'selfLink'];
const ownSpec = ['clusterIP', 'clusterIPs'];
/** Controllers write while an object is asked about that they see to. */
const MAX_TRIES = 20;
const namespaces = '/api/v1/namespaces';
const AGAIN_MS = 100;
const DRY = 'dryRun=All';
const READY_TIMEOUT_MS = 30_000;

/** Asks a server what it makes of objects, without anything being kept. */
export class Judge {
  readonly #client: ApiClient;

  constructor(credentials: Credentials) {
    this.#client = new ApiClient(credentials);
  }

  close(): void {
    this.#client.close();
  }

  /** As a new object. */
  async created({ path }: BaseObject, object: Members): Promise<Verdict> {
    return verdictOf(await this.#send('POST', `${path}?${DRY}`, object));
  }

  /** In the place of `base`, which is there. */
  async updated(base: BaseObject, object: Members): Promise<Verdict> {
    return verdictOf(await this.#put(placeOf(base), object));
  }

  /** Sent to a subresource of `base`, which is there. */
  async partSent(base: BaseObject, name: string, { method }: Part, object: Members): Promise<Verdict> {
    const path = `${placeOf(base)}/${name}`;
    return verdictOf(
      method === 'PUT' ? await this.#put(path, object) : await this.#send('POST', `${path}?${DRY}`, object),
    );
  }

  /** Anything else. Resolves with what was answered, and what was warned of. */
  async asked({ method, path, body, contentType }: Question): Promise<ApiAnswer | undefined> {
    const headers: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType };
    for (let tries = 1; ; tries++) {
      const answer = await this.#client.send(method, path, { body, headers }).catch(() => undefined);
      // A kind that was just defined is not watched at once.
      if (answer?.status !== 429 || tries === MAX_TRIES) return answer;
      await delay(AGAIN_MS);
    }
  }

  /** What stands at a path now. */
  async found(path: string): Promise<Verdict> {
    return verdictOf(await this.#send('GET', path, undefined));
  }

  /** Makes an object that stays, and what it needs; a namespace may be there already. Throws when it is refused. */
  async make({ path, object, needs = [] }: BaseObject): Promise<void> {
    await this.makeAll(needs, path);
    const { code, message } = await this.#send('POST', path, object);
    if (code === 409 && path === namespaces) return;
    if (code !== undefined) throw new Error(`${path} is not made: ${code} ${message}`);
  }

  /** What is needed for objects at `path`: a kind is not served at once when it is defined. */
  async makeAll(needs: readonly BaseObject[], path: string): Promise<void> {
    for (const needed of needs) await this.make(needed);
    const isServed = async () => (await this.#send('GET', path, undefined)).code !== 404;
    if (needs.length > 0) await eventually(`${path} is served`, isServed, READY_TIMEOUT_MS);
  }

  /** Beside an API server alone there is nobody for whom an object would have to wait, and nobody who would empty a namespace: it stays. */
  async remove(base: BaseObject): Promise<void> {
    if (base.path === namespaces) return;
    const path = placeOf(base);
    const { metadata } = await this.#send('DELETE', `${path}?gracePeriodSeconds=0`, undefined);
    if (metadata?.['finalizers']) {
      const headers = { 'content-type': 'application/merge-patch+json' };
      await this.#client.send('PATCH', path, { headers, body: '{"metadata":{"finalizers":null}}' });
    }
    for (const needed of base.needs ?? []) await this.remove(needed);
  }

  /** Some kinds are only replaced by who says which revision: then the present one. */
  async #put(path: string, object: Members): Promise<Answered> {
    let answered = await this.#send('PUT', `${path}?${DRY}`, object);
    if (!answered.details?.causes?.some(({ field }) => field === 'metadata.resourceVersion')) return answered;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { metadata } = await this.#send('GET', path, undefined);
      const resourceVersion = metadata?.['resourceVersion'];
      const tied = { ...object, metadata: { ...(object['metadata'] as Members), resourceVersion } };
      answered = await this.#send('PUT', `${path}?${DRY}`, tied);
      if (answered.code !== 409) return answered;
    }
    return answered;
  }

  async #send(method: Method, path: string, body: unknown): Promise<Answered> {
    return answeredOf(await this.#client.send(method, path, { body }).catch(() => undefined));
  }
}

export function placeOf({ path, object }: BaseObject): string {
  return `${path}/${(object['metadata'] as { readonly name: string }).name}`;
}

/** An answer that does not come is one, too: some objects make kube-apiserver fail. */
export function answeredOf(answer: ApiAnswer | undefined): Answered {
  if (!answer) return { code: 0, reason: 'NoAnswer' };
  // Not every answer is a `Status` or an object.
  const body = answer.text.startsWith('{') ? answer.json<Answered>() : { message: answer.text.trim() };
  return { ...body, code: answer.status < 300 ? undefined : answer.status };
}

export function verdictOf(answered: Answered): Verdict {
  const { code, reason = '', message = '', details, ...object } = answered;
  if (code === undefined) {
    const without = (from: Members | undefined, names: readonly string[]) =>
      from && Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
    const { spec } = object;
    const shown = { ...object, metadata: without(object.metadata, ownMetadata) };
    return { accepted: spec ? { ...shown, spec: without(spec, ownSpec) } : shown };
  }
  const causes = (details?.causes ?? []).map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`);
  return { refused: code, reason, causes: causes.length > 0 ? causes.sort() : [message] };
}
