import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaFiles } from './schemas/schema-files.ts';

/*
 * Writes lib/kube/generated/*.json from the published models of @kubernetes/client-node. Run it after that package changes: `node scripts/generate-schemas.ts`.
 */
const directory = join(import.meta.dirname, '..', 'lib', 'kube', 'generated');
mkdirSync(directory, { recursive: true });
for (const [name, text] of Object.entries(await schemaFiles())) {
  writeFileSync(join(directory, name), text);
  console.log(`${name}: ${text.length} characters`);
}
