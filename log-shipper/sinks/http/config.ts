import { checkOptionalTexts, checkText, invalidConfig, type Fields } from '../../config-fields.ts';

const texts = ['serverName', 'caCert', 'clientCert', 'clientKey', 'username', 'passwordFile'] as const;
const compressions: readonly unknown[] = ['none', 'gzip', 'zstd'];

/** Keys of every output that is reached over HTTP. */
export const httpKeys: readonly string[] = ['url', 'compression', ...texts];

/** Checks the fields of `HttpOutputConfig`. Throws an error that names the field. */
export function checkHttpOutput(fields: Fields, name: string): void {
  const { url, compression, clientCert, clientKey, username, passwordFile } = fields;
  checkText(url, `${name}.url`);
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw invalidConfig(`${name}.url is not an http or https URL`);
  if (new URL(url).username !== '') throw invalidConfig(`${name}.url holds a user: use username and passwordFile`);
  checkOptionalTexts(fields, texts, name);
  checkPair(`${name}.clientCert`, clientCert, `${name}.clientKey`, clientKey);
  checkPair(`${name}.username`, username, `${name}.passwordFile`, passwordFile);
  if (compression !== undefined && !compressions.includes(compression)) {
    throw invalidConfig(`${name}.compression is none of none, gzip, zstd`);
  }
}

function checkPair(nameA: string, a: unknown, nameB: string, b: unknown): void {
  if ((a === undefined) !== (b === undefined)) throw invalidConfig(`of ${nameA} and ${nameB} only one is given`);
}
