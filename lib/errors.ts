/** What a caller can do about an error. */
export type ErrorClass = 'invalid' | 'notFound' | 'conflict' | 'gone' | 'forbidden' | 'transient' | 'terminal' | 'bug';

/** An error with a stable `code` (UPPER_SNAKE) and a class that tells the caller what to do next. */
export class VigilError extends Error {
  readonly code: string;
  readonly class: ErrorClass;

  constructor(code: string, errorClass: ErrorClass, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'VigilError';
    this.code = code;
    this.class = errorClass;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
