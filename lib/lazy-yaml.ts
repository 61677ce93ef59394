import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';

const require = createRequire(import.meta.url);

/** The YAML library, loaded by the first who has a document: servers nearly always speak JSON, and it costs them 10 MB. */
export function yaml(): typeof Yaml {
  return require('yaml') as typeof Yaml;
}
