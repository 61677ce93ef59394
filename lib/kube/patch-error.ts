/** `invalid`: the patch is malformed (400). `unprocessable`: it does not fit the object (422). `testFailed`: a `test` of a JSON patch says that
 * it is not for this object (422). `tooLarge`: more than is accepted (413). */
export type PatchErrorKind = 'invalid' | 'unprocessable' | 'testFailed' | 'tooLarge';

export class PatchError extends Error {
  readonly kind: PatchErrorKind;

  constructor(kind: PatchErrorKind, message: string) {
    super(message);
    this.name = 'PatchError';
    this.kind = kind;
  }
}
