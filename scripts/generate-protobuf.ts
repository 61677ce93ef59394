import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { protobufTable } from './protobuf/protobuf-table.ts';

/*
 * Writes lib/kube/generated/protobuf.json from the Go modules k8s.io/api and k8s.io/apimachinery. Run it after a new Kubernetes version:
 *   go mod download -json k8s.io/api@v0.36.0 k8s.io/apimachinery@v0.36.0     (prints each module's Dir)
 *   node scripts/generate-protobuf.ts API_DIR APIMACHINERY_DIR
 */
const [api, machinery] = process.argv.slice(2);
if (api === undefined || machinery === undefined) {
  console.error('usage: node scripts/generate-protobuf.ts API_DIR APIMACHINERY_DIR');
  process.exit(2);
}
const table = protobufTable(api, machinery);
const file = join(import.meta.dirname, '..', 'lib', 'kube', 'generated', 'protobuf.json');
writeFileSync(file, `${JSON.stringify(table)}\n`);
console.log(
  `${Object.keys(table.messages).length} messages, ${Object.keys(table.kinds).length} kinds of ${table.version}`,
);
