const plain = /^[ !#-[\]-~]*$/;

/** Text in quotes as the API's messages show it (Go's `%q`): `"a\\x00b"`. */
export function quoted(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  return JSON.stringify(text).replaceAll(/\\u00([0-9a-f]{2})/g, '\\x$1');
}
