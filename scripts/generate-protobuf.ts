import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goTypeTable } from './go-types/go-type-table.ts';
import { protobufTable } from './protobuf/protobuf-table.ts';

/*
 * Writes lib/kube/generated/protobuf.json and go-types.json from the Go modules that publish the types. Run it after a new Kubernetes version, behind generate-schemas.ts:
 *   for m in api apimachinery apiextensions-apiserver kube-aggregator; do go mod download -json k8s.io/$m@v0.36.0; done     (prints each module's Dir)
 *   node scripts/generate-protobuf.ts API_DIR APIMACHINERY_DIR APIEXTENSIONS_DIR AGGREGATOR_DIR
 */
const [api, machinery, extensions, aggregator] = process.argv.slice(2);
if (api === undefined || machinery === undefined || extensions === undefined || aggregator === undefined) {
  console.error('usage: node scripts/generate-protobuf.ts API_DIR APIMACHINERY_DIR APIEXTENSIONS_DIR AGGREGATOR_DIR');
  process.exit(2);
}
const directories = { api, machinery, extensions, aggregator };
const generated = join(import.meta.dirname, '..', 'lib', 'kube', 'generated');
const table = protobufTable(directories);
writeFileSync(join(generated, 'protobuf.json'), `${JSON.stringify(table)}\n`);
const lines = Object.entries(goTypeTable(directories)).map(
  ([name, rows]) => `${JSON.stringify(name)}:${JSON.stringify(rows)}`,
);
writeFileSync(join(generated, 'go-types.json'), `{\n${lines.join(',\n')}\n}\n`);
console.log(
  `${Object.keys(table.messages).length} messages, ${Object.keys(table.kinds).length} kinds of ${table.version}`,
);
