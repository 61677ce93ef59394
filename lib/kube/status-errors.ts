import { KubeApiError } from './client.ts';
import { quoted } from './quoted.ts';
import type { ResourceType } from './resources.ts';
import type { StatusCause } from './types.ts';

/** The failures of the API with upstream's wording, made in one place. Each is a `KubeApiError` to throw. */

type Named = Pick<ResourceType, 'group' | 'plural'>;

/** `deployments.apps`, `pods`. */
function qualifiedResource({ group, plural }: Named): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export function statusError(
  code: number,
  reason: string,
  message: string,
  details?: {
    readonly name?: string | undefined;
    readonly group?: string | undefined;
    readonly kind?: string | undefined;
    readonly uid?: string | undefined;
    readonly causes?: readonly StatusCause[] | undefined;
    readonly retryAfterSeconds?: number | undefined;
  },
  options?: { cause?: unknown },
): KubeApiError {
  const present =
    details && Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined && value !== ''));
  return new KubeApiError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(present ? { details: present } : {}),
      code,
    },
    options,
  );
}

function about(resource: Named, name: string): { name: string; group: string; kind: string } {
  return { name, group: resource.group, kind: resource.plural };
}

export function notFound(resource: Named, name: string): KubeApiError {
  return statusError(
    404,
    'NotFound',
    `${qualifiedResource(resource)} ${quoted(name)} not found`,
    about(resource, name),
  );
}

export function pathNotFound(): KubeApiError {
  return statusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** A path of which not even the group is known: the one refusal that is a text, as upstream's. */
export class NoSuchPage extends KubeApiError {
  constructor() {
    super(pathNotFound().status);
    this.name = 'NoSuchPage';
  }
}

export function noSuchPage(): NoSuchPage {
  return new NoSuchPage();
}

export function alreadyExists(resource: Named, name: string): KubeApiError {
  return statusError(
    409,
    'AlreadyExists',
    `${qualifiedResource(resource)} "${name}" already exists`,
    about(resource, name),
  );
}

export function conflict(resource: Named, name: string, why: string): KubeApiError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(resource)} "${name}": ${why}`;
  return statusError(409, 'Conflict', message, about(resource, name));
}

export const objectModified =
  'the object has been modified; please apply your changes to the latest version and try again';

export function invalid(
  type: Pick<ResourceType, 'group' | 'kind'>,
  name: string,
  causes: readonly StatusCause[],
): KubeApiError {
  const texts = [
    ...new Set(causes.map((cause) => (cause.field ? `${cause.field}: ${cause.message ?? ''}` : (cause.message ?? '')))),
  ];
  const shown = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  const what = type.group === '' ? type.kind : `${type.kind}.${type.group}`;
  return statusError(422, 'Invalid', `${what} ${quoted(name)} is invalid: ${shown}`, {
    name,
    group: type.group,
    kind: type.kind,
    causes,
  });
}

export function badRequest(message: string): KubeApiError {
  return statusError(400, 'BadRequest', message);
}

export function unauthorized(): KubeApiError {
  return statusError(401, 'Unauthorized', 'Unauthorized');
}

export function forbidden(resource: Named, name: string, why: string): KubeApiError {
  const what = name === '' ? qualifiedResource(resource) : `${qualifiedResource(resource)} "${name}"`;
  return statusError(403, 'Forbidden', `${what} is forbidden: ${why}`, about(resource, name));
}

export function methodNotAllowed(): KubeApiError {
  return statusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

export function notAcceptable(accepted: string): KubeApiError {
  return statusError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted}`);
}

export function unsupportedMediaType(accepted: string): KubeApiError {
  return statusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );
}

/** A watch or a page of a list began at a revision that is no longer held. */
/** With a token, whoever reads a list may go on from there, though not with the state that it began with. */
export function expired(message: string, continueToken?: string): KubeApiError {
  const error = statusError(410, 'Expired', message);
  if (continueToken === undefined) return error;
  return new KubeApiError({ ...error.status, metadata: { continue: continueToken } });
}

export function tooLarge(): KubeApiError {
  return statusError(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728');
}

export function tooManyRequests(message: string, retryAfterSeconds: number): KubeApiError {
  return statusError(429, 'TooManyRequests', message, { retryAfterSeconds });
}

export function serviceUnavailable(message: string): KubeApiError {
  return statusError(503, 'ServiceUnavailable', message);
}

export function timedOut(message: string, retryAfterSeconds?: number): KubeApiError {
  return statusError(504, 'Timeout', `Timeout: ${message}`, { retryAfterSeconds });
}

/** What is stored cannot be read: `why` names the object and what it would take. */
export function unreadable(why: string): KubeApiError {
  return statusError(500, 'InternalError', `Internal error occurred: unable to transform key: ${why}`);
}

/** Anything that was thrown and is not yet an answer. What it says of the inside stays inside. */
export function internalError(cause: unknown): KubeApiError {
  return statusError(500, 'InternalError', 'Internal error occurred', undefined, { cause });
}
