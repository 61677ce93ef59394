import {
  checkOptionalTexts,
  checkText,
  invalidConfig,
  objectOf,
  refuseUnknown,
  type Fields,
} from '../../config-fields.ts';
import { checkHttpOutput, httpKeys } from '../http/config.ts';

const age = /^[1-9]\d{0,5}[dhms]$/;
const size = /^[1-9]\d{0,5}[kmgt]b$/;

/** Checks the fields of `ElasticsearchOutputConfig`. Throws an error that names the field. */
export function checkElasticsearchOutput(fields: Fields, common: readonly string[], name: string): void {
  refuseUnknown(fields, [...common, ...httpKeys, 'apiKeyFile', 'retention'], name);
  checkHttpOutput(fields, name);
  checkOptionalTexts(fields, ['apiKeyFile'], name);
  if (fields['apiKeyFile'] !== undefined && fields['username'] !== undefined) {
    throw invalidConfig(`${name} has both apiKeyFile and username`);
  }
  if (fields['retention'] === undefined) return;
  const retention = objectOf(fields['retention'], `${name}.retention`);
  refuseUnknown(retention, ['maxAge', 'rolloverAge', 'rolloverSize'], `${name}.retention`);
  checkText(retention['maxAge'], `${name}.retention.maxAge`);
  for (const [key, form, example] of [
    ['maxAge', age, '30d'],
    ['rolloverAge', age, '1d'],
    ['rolloverSize', size, '25gb'],
  ] as const) {
    const value = retention[key];
    if (value !== undefined && (typeof value !== 'string' || !form.test(value))) {
      throw invalidConfig(`${name}.retention.${key} is not of the form ${example}`);
    }
  }
}
