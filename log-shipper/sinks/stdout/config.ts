import { refuseUnknown, type Fields } from '../../config-fields.ts';

/** Checks the fields of `StdoutOutputConfig`. Throws an error that names the field. */
export function checkStdoutOutput(fields: Fields, common: readonly string[], name: string): void {
  refuseUnknown(fields, common, name);
}
