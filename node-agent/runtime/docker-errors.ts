import { messageOf, VigilError } from '../../lib/errors.ts';

/** HTTP status of an error that the engine answered; `undefined` when it did not answer. */
export function engineStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** The engine's own words, without what dockerode puts around them. */
export function engineMessage(error: unknown): string {
  const json = typeof error === 'object' && error !== null && 'json' in error ? error.json : undefined;
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string') {
    return json.message.trim();
  }
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) [a-z ]*- /, '')
    .trim();
}

export function engineError(error: unknown): VigilError {
  if (error instanceof VigilError) return error;
  const status = engineStatus(error);
  const errorClass = status === undefined || status >= 500 ? 'transient' : status === 404 ? 'notFound' : 'invalid';
  return new VigilError('ENGINE_FAILED', errorClass, engineMessage(error), { cause: error });
}
