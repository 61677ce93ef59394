import { VigilError, type ErrorClass } from '../../lib/errors.ts';

/** An image, of a container or of a volume, that the node could not get. */
export class ImageError extends VigilError {
  /** What was asked for. */
  readonly reference: string;

  constructor(code: string, errorClass: ErrorClass, reference: string, message: string, options?: { cause?: unknown }) {
    super(code, errorClass, message, options);
    this.name = 'ImageError';
    this.reference = reference;
  }
}
