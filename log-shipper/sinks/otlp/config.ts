import { checkOptionalTexts, invalidConfig, refuseUnknown, type Fields } from '../../config-fields.ts';
import { checkHttpOutput, httpKeys } from '../http/config.ts';

/** Checks the fields of `OtlpOutputConfig`. Throws an error that names the field. */
export function checkOtlpOutput(fields: Fields, common: readonly string[], name: string): void {
  refuseUnknown(fields, [...common, ...httpKeys, 'bearerTokenFile'], name);
  checkHttpOutput(fields, name);
  if (/\/v1\/logs\/?$/.test(String(fields['url']))) {
    throw invalidConfig(`${name}.url ends in /v1/logs, which is added: give what stands before it`);
  }
  checkOptionalTexts(fields, ['bearerTokenFile'], name);
  if (fields['bearerTokenFile'] !== undefined && fields['username'] !== undefined) {
    throw invalidConfig(`${name} has both bearerTokenFile and username`);
  }
}
