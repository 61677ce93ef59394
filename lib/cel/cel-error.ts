/** An expression that cannot be read, or cannot be evaluated. The message says where. */
export class CelError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CelError';
  }
}
